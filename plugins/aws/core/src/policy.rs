//! Policy documents: how IAM answers them, and their statements.
//!
//! Invariant: nothing here judges what a policy permits.

use serde_json::Value as Json;

/// Decodes a document that IAM reports, percent-encoded as in RFC 3986.
///
/// A `%` without two hexadecimal digits stays.
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

/// Returns the statements of a policy document.
///
/// # Errors
/// The text is not a policy. The error says why.
pub fn statements(document: &str) -> Result<Vec<Json>, String> {
    let json: Json =
        serde_json::from_str(document).map_err(|error| format!("is not JSON: {error}"))?;
    match json.get("Statement") {
        Some(Json::Array(items)) if !items.is_empty() => Ok(items.clone()),
        Some(single @ Json::Object(_)) => Ok(vec![single.clone()]),
        Some(_) => {
            Err("'Statement' of a policy is a list of statements that is not empty".to_owned())
        }
        None => Err("is not a policy: it has no 'Statement'".to_owned()),
    }
}

/// Returns the texts of a statement's member, which is a text or a list.
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
    fn a_document_of_iam_is_decoded() {
        assert_eq!(
            percent_decoded("%7B%22a%22%3A%22%C3%A4%20100%25%22%7D"),
            "{\"a\":\"\u{e4} 100%\"}"
        );
        assert_eq!(percent_decoded("50% and %zz and %2"), "50% and %zz and %2");
    }

    #[test]
    fn a_text_that_is_not_a_policy_is_rejected_with_a_reason() {
        assert!(statements("{").unwrap_err().starts_with("is not JSON"));
        assert!(statements("{}").unwrap_err().contains("no 'Statement'"));
        assert_eq!(statements(r#"{"Statement":{}}"#).unwrap().len(), 1);
    }
}
