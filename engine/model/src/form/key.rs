//! Public keys.

use std::borrow::Cow;

/// Returns a key without its comment, with one space between its type and its data.
///
/// A line of OpenSSH is "keytype, base64-encoded key, comment", and "the comment field is not used
/// for anything" (sshd(8), AUTHORIZED_KEYS FILE FORMAT). Of a key in another format, white space
/// does not count.
pub(super) fn normal(text: &str) -> Cow<'_, str> {
    let is_line = ["ssh-", "ecdsa-", "sk-"].iter().any(|start| text.trim().starts_with(start));
    let most = if is_line { 2 } else { usize::MAX };
    text.split_whitespace().take(most).collect::<Vec<_>>().join(" ").into()
}

#[cfg(test)]
mod tests {
    use super::normal;

    #[test]
    fn white_space_and_the_comment_do_not_count() {
        let key = "ssh-ed25519 AAAA";
        for text in ["ssh-ed25519 AAAA me", "ssh-ed25519  AAAA\r\n", " ssh-ed25519\tAAAA the name"]
        {
            assert_eq!(normal(text), key);
        }
        assert_ne!(normal("ssh-ed25519 AAAB"), key);
        assert_ne!(normal("ssh-rsa AAAA"), key);
        let pem =
            |data: &str| format!("-----BEGIN PUBLIC KEY-----\n{data}\n-----END PUBLIC KEY-----");
        assert_eq!(normal(&pem("AAAA")), normal(&format!("{}\r\n", pem("AAAA"))));
        assert_ne!(normal(&pem("AAAA")), normal(&pem("AAAB")));
    }
}
