//! The tree of a request's parameters, whatever the protocol.
//!
//! `TagSpecification.1.Tag.2.Key=…` of the query protocols and JSON bodies become the same
//! `Params`. Lists are members named by their index, from 1.

use std::collections::BTreeMap;

use serde_json::Value;

/// The deepest nesting, which no AWS request reaches.
///
/// Deeper requests are refused before they exhaust the call stack.
const DEPTH: usize = 24;

/// One node of the tree.
///
/// A leaf has a value, a list or structure has members, an absent node has neither.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Params {
    value: Option<String>,
    members: BTreeMap<String, Params>,
}

impl Params {
    /// Reads the tree of a form.
    ///
    /// A form is `application/x-www-form-urlencoded`, also a URL's query. The `member` or `entry`
    /// level that the lists of IAM and STS carry is left out. Errors name the pair that cannot be
    /// read.
    pub fn from_form(form: &str) -> Result<Params, String> {
        let mut params = Params::default();
        for (name, value) in decode_form(form)? {
            params.put(&name, value)?;
        }
        Ok(params)
    }

    /// Reads the tree of a JSON body.
    ///
    /// Null is absent. An empty list or structure is present and empty.
    pub fn from_json(json: &Value) -> Result<Params, String> {
        Params::from_json_at(json, DEPTH)
    }

    fn from_json_at(json: &Value, depth: usize) -> Result<Params, String> {
        if depth == 0 {
            return Err(format!("the body is nested more than {DEPTH} levels deep"));
        }
        let leaf = |text: String| Ok(Params { value: Some(text), members: BTreeMap::new() });
        let members: Vec<(String, &Value)> = match json {
            Value::Null => return Ok(Params::default()),
            Value::Bool(flag) => return leaf(flag.to_string()),
            Value::Number(number) => return leaf(number.to_string()),
            Value::String(text) => return leaf(text.clone()),
            Value::Array(items) => {
                items.iter().enumerate().map(|(at, item)| ((at + 1).to_string(), item)).collect()
            }
            Value::Object(members) => {
                members.iter().map(|(name, member)| (name.clone(), member)).collect()
            }
        };
        let members = members.into_iter().filter(|(_, member)| !member.is_null());
        let members =
            members.map(|(name, member)| Ok((name, Params::from_json_at(member, depth - 1)?)));
        Ok(Params { value: None, members: members.collect::<Result<_, String>>()? })
    }

    /// Sets the leaf at a dotted path.
    ///
    /// A path that is set twice, or is both a leaf and a structure, is an error.
    pub fn put(&mut self, path: &str, value: String) -> Result<(), String> {
        let mut at = self;
        for (depth, part) in
            path.split('.').filter(|part| !matches!(*part, "member" | "entry")).enumerate()
        {
            if part.is_empty() || depth >= DEPTH {
                return Err(format!("the parameter name {path:?} is malformed"));
            }
            at = at.members.entry(part.to_owned()).or_default();
            if at.value.is_some() {
                return Err(format!(
                    "the parameter {path} is given twice, or both as a value and as a structure"
                ));
            }
        }
        if !at.members.is_empty() {
            return Err(format!(
                "the parameter {path} is given both as a value and as a structure"
            ));
        }
        at.value = Some(value);
        Ok(())
    }

    /// Removes a top-level parameter, such as `Action`, and returns its text.
    pub fn take(&mut self, name: &str) -> Option<String> {
        self.members.remove(name).and_then(|param| param.value)
    }

    /// Returns the parameter of that name, with all that is under it.
    pub fn get(&self, name: &str) -> Option<&Params> {
        self.members.get(name)
    }

    /// Returns this node's own text, if it is a leaf.
    pub fn value(&self) -> Option<&str> {
        self.value.as_deref()
    }

    /// Returns the text of a leaf.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.value()
    }

    /// Returns a leaf as a whole number; anything else is absent.
    ///
    /// The action's shape has checked that it is one.
    pub fn number(&self, name: &str) -> Option<i64> {
        self.text(name)?.parse().ok()
    }

    /// Returns a leaf as a boolean, in the spellings that AWS accepts.
    pub fn flag(&self, name: &str) -> Option<bool> {
        parse_flag(self.text(name)?)
    }

    /// Returns the `Value` of a boolean attribute structure.
    ///
    /// An example is `EnableDnsSupport.Value=true`.
    pub fn attribute_flag(&self, name: &str) -> Option<bool> {
        self.get(name)?.flag("Value")
    }

    /// Returns the elements of a list in the order of their indices.
    ///
    /// An absent list has none.
    pub fn list(&self, name: &str) -> Vec<&Params> {
        let Some(list) = self.get(name) else { return Vec::new() };
        let mut items: Vec<(u64, &Params)> = list
            .members
            .iter()
            .filter_map(|(index, item)| Some((index.parse().ok()?, item)))
            .collect();
        items.sort_by_key(|(index, _)| *index);
        items.into_iter().map(|(_, item)| item).collect()
    }

    /// Returns the texts of a list of leaves.
    pub fn texts(&self, name: &str) -> Vec<&str> {
        self.list(name).into_iter().filter_map(Params::value).collect()
    }

    /// Returns all members by name: those of a map, or all parameters.
    pub fn members(&self) -> impl Iterator<Item = (&str, &Params)> {
        self.members.iter().map(|(name, param)| (name.as_str(), param))
    }

    /// Returns a canonical text of the parameters: equal for equal requests.
    ///
    /// The top-level parameters in `without` are left out.
    pub fn fingerprint(&self, without: &[&str]) -> String {
        let mut text = String::new();
        for (name, param) in
            self.members.iter().filter(|(name, _)| !without.contains(&name.as_str()))
        {
            param.describe(name, &mut text);
        }
        text
    }

    fn describe(&self, path: &str, text: &mut String) {
        if let Some(value) = &self.value {
            text.push_str(&format!("{path}={value:?}\n"));
        }
        for (name, param) in &self.members {
            param.describe(&format!("{path}.{name}"), text);
        }
    }
}

/// Reads `true`/`false` in AWS's spellings, or 1/0.
pub fn parse_flag(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" | "1" => Some(true),
        "false" | "False" | "FALSE" | "0" => Some(false),
        _ => None,
    }
}

/// Returns the pairs of a form, percent-decoded, in their order.
pub fn decode_form(form: &str) -> Result<Vec<(String, String)>, String> {
    let pairs = form.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((
                percent_decode(&name.replace('+', " "))?,
                percent_decode(&value.replace('+', " "))?,
            ))
        })
        .collect()
}

/// Decodes `%XX`.
///
/// An incomplete escape or a text that is not UTF-8 is an error.
pub fn percent_decode(text: &str) -> Result<String, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        if first != b'%' {
            bytes.push(first);
            continue;
        }
        let digit = |at: usize| rest.get(at).and_then(|digit| char::from(*digit).to_digit(16));
        let byte = digit(0).zip(digit(1)).map(|(high, low)| (high * 16 + low) as u8);
        bytes.push(byte.ok_or_else(|| format!("{text:?} has an incomplete %XX escape"))?);
        rest = &rest[2..];
    }
    String::from_utf8(bytes).map_err(|_| format!("{text:?} does not decode to UTF-8"))
}

/// Encodes a text as SigV4 requires.
///
/// It encodes everything but RFC 3986's unreserved characters, and `/` if `keep_slash`.
pub fn percent_encode(text: &str, keep_slash: bool) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                encoded.push(char::from(byte))
            }
            b'/' if keep_slash => encoded.push('/'),
            other => encoded.push_str(&format!("%{other:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_becomes_a_tree_with_lists_in_order() {
        let params =
            Params::from_form("A.2=two+words&A.10=ten&A.1=%C3%A9&Tags.member.1.Key=k&B.Value=true")
                .unwrap();
        assert_eq!(params.texts("A"), ["é", "two words", "ten"]);
        assert_eq!(params.list("Tags")[0].text("Key"), Some("k"));
        assert_eq!(params.attribute_flag("B"), Some(true));
    }

    #[test]
    fn json_becomes_the_same_tree() {
        let json = serde_json::json!({"A": ["x", "y"], "Tags": [{"Key": "k"}], "N": 7, "No": null});
        let params = Params::from_json(&json).unwrap();
        assert_eq!(params, Params::from_form("A.1=x&A.2=y&Tags.1.Key=k&N=7").unwrap());
    }

    #[test]
    fn malformed_forms_are_refused() {
        for form in [
            "A=1&A=2",
            "A=1&A.1=2",
            "A.1=2&A=1",
            "A..B=1",
            "A=%2",
            "A=%+2",
            "A=%ff",
            &format!("{}=1", "a.".repeat(30)),
        ] {
            assert!(Params::from_form(form).is_err(), "{form}");
        }
    }
}
