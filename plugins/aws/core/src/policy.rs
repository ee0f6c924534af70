//! Policy documents: JSON whose spelling does not matter.
//!
//! Invariant: nothing here judges what a policy permits, except the one question whether an account keeps access.

use serde_json::Value as Json;

/// Whether two JSON documents say the same: order of keys, white space, and a list of one instead of its item are no
/// difference. Text that is no JSON is compared as it is.
pub fn same(one: &str, other: &str) -> bool {
    if one == other {
        return true;
    }
    match (serde_json::from_str::<Json>(one), serde_json::from_str::<Json>(other)) {
        (Ok(one), Ok(other)) => plain(one) == plain(other),
        _ => false,
    }
}

/// What AWS does to a policy: a list of one text is that text; the order of a list of texts does not matter.
fn plain(json: Json) -> Json {
    match json {
        Json::Array(items) => {
            let mut items: Vec<Json> = items.into_iter().map(plain).collect();
            if items.iter().all(Json::is_string) {
                items.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
            }
            match <[Json; 1]>::try_from(items) {
                Ok([single]) => single,
                Err(items) => Json::Array(items),
            }
        }
        Json::Object(map) => Json::Object(map.into_iter().map(|(key, item)| (key, plain(item))).collect()),
        other => other,
    }
}

/// What the cloud holds, spelled as `ours` where it says the same: so that spelling is no difference.
pub fn spelled_like(ours: Option<&str>, live: String) -> String {
    match ours {
        Some(ours) if same(ours, &live) => ours.to_owned(),
        _ => live,
    }
}

/// A document as IAM reports it: percent-encoded as in RFC 3986. What is no encoding stays.
pub fn percent_decoded(text: &str) -> String {
    let digit = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        match (bytes[at], digit(bytes.get(at + 1)), digit(bytes.get(at + 2))) {
            (b'%', Some(high), Some(low)) => {
                decoded.push((high * 16 + low) as u8);
                at += 3;
            }
            (byte, ..) => {
                decoded.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// The statements of a policy document.
///
/// # Errors
/// Why the text is no policy.
pub fn statements(document: &str) -> Result<Vec<Json>, String> {
    let json: Json = serde_json::from_str(document).map_err(|error| format!("is no JSON: {error}"))?;
    match json.get("Statement") {
        Some(Json::Array(items)) if !items.is_empty() => Ok(items.clone()),
        Some(single @ Json::Object(_)) => Ok(vec![single.clone()]),
        Some(_) => Err("'Statement' of a policy is a list of statements that is not empty".to_owned()),
        None => Err("is no policy: it has no 'Statement'".to_owned()),
    }
}

/// What a member of a statement lists: its one text, or its texts.
pub fn texts(json: Option<&Json>) -> Vec<&str> {
    match json {
        Some(Json::String(text)) => vec![text],
        Some(Json::Array(items)) => items.iter().filter_map(Json::as_str).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_is_no_difference() {
        let ours = r#"{ "Statement": [{"Action": ["b", "a"], "Effect": "Allow"}], "Version": "2012-10-17" }"#;
        let live = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["a","b"]}}"#;
        assert!(same(ours, live));
        assert_eq!(spelled_like(Some(ours), live.to_owned()), ours);
        assert!(!same(ours, r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":["a","b"]}}"#));
        assert!(!same("{", "{ "));
    }

    #[test]
    fn a_document_of_iam_is_decoded() {
        assert_eq!(percent_decoded("%7B%22a%22%3A%22%C3%A4%20100%25%22%7D"), "{\"a\":\"\u{e4} 100%\"}");
        assert_eq!(percent_decoded("50% and %zz and %2"), "50% and %zz and %2");
    }

    #[test]
    fn what_is_no_policy_says_why() {
        assert!(statements("{").unwrap_err().starts_with("is no JSON"));
        assert!(statements("{}").unwrap_err().contains("no 'Statement'"));
        assert_eq!(statements(r#"{"Statement":{}}"#).unwrap().len(), 1);
    }
}
