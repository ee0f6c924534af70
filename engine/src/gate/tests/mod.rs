//! What the gate finds, masks and marks.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use kim_model::{Path, Value, bounds};
use proptest::prelude::*;

use super::{Gate, foreign};

fn knowing(secrets: &[&str]) -> Gate {
    let gate = Gate::default();
    for secret in secrets {
        gate.learn(&Value::secret((*secret).into()));
    }
    gate
}

#[test]
fn a_secret_is_masked_however_it_is_written() {
    let gate = knowing(&["s3cret/Wörd +\"&\n?"]);
    let secret = "s3cret/Wörd +\"&\n?";
    let hex: String = secret.bytes().map(|byte| format!("{byte:02X}")).collect();
    let forms = [
        secret.to_owned(),
        secret.to_uppercase().replace('Ö', "ö"),
        "s3cret%2FW%C3%B6rd%20%2B%22%26%0A%3F".to_owned(),
        "s3cret%2fW%c3%b6rd+%2b%22%26%0a%3f".to_owned(),
        "s3cret/W%C3%B6rd%20+%22&%0A?".to_owned(),
        STANDARD.encode(secret),
        URL_SAFE_NO_PAD.encode(secret),
        hex,
        serde_json::to_string(secret).unwrap(),
        r#"s3cret\/Wörd +\"&\n?"#.to_owned(),
        serde_json::to_string(&serde_json::to_string(secret).unwrap()).unwrap(),
        "s3cret/Wörd +&quot;&amp;\n?".to_owned(),
    ];
    let all: Vec<String> = forms.iter().map(|form| gate.clean(&format!("<{form}>"))).collect();
    insta::assert_snapshot!(all.join(" "), @r#"<[secret]> <[secret]> <[secret]> <[secret]> <[secret]> <[secret]> <[secret]> <[secret]> <"[secret]"> <[secret]> <"\"[secret]\""> <[secret]>"#);
}

#[test]
fn what_is_not_seen_hides_no_secret() {
    let gate = knowing(&["hunter2"]);
    assert_eq!(gate.clean("hun\u{200b}ter2 h\x1bunter\u{202e}2"), "[secret] [secret]");
}

#[test]
fn a_beginning_of_a_secret_counts_where_it_is_cut_off() {
    let gate = knowing(&["correct horse battery"]);
    assert_eq!(gate.clean("found correct hor…, not a number"), "found [secret]…, not a number");
    assert_eq!(gate.clean("found correct h..."), "found [secret]...");
    assert_eq!(gate.clean("correct horses"), "correct horses");
    let long = "x".repeat(bounds::TEXT.most() - 10) + "correct horse battery";
    let clean = gate.clean(&long);
    assert!(clean.len() <= bounds::TEXT.most() + "…".len() && !clean.contains("correct"));
}

#[test]
fn of_a_long_secret_all_is_masked() {
    let key: String = (0..500_u32)
        .map(|n| char::from(b'a' + (n.wrapping_mul(2_654_435_761) >> 20) as u8 % 26))
        .collect();
    let gate = knowing(&[&key]);
    assert_eq!(gate.clean(&format!("key {key} is not one")), "key [secret] is not one");
    assert_eq!(
        gate.clean(&format!("key {} is not one", STANDARD.encode(&key))),
        "key [secret]= is not one"
    );
}

#[test]
fn a_line_of_a_secret_is_masked_by_itself() {
    let gate = knowing(&["begin of it\nthe middle part\nend"]);
    assert_eq!(gate.clean("read 'the middle part'"), "read '[secret]'");
    assert!(!gate.has_secret("the middle part"), "an answer is secret by whole secrets alone");
}

#[test]
fn secrets_that_overlap_are_masked_as_one() {
    let gate = knowing(&["abcdefgh", "efghijkl", "cdefgh"]);
    assert_eq!(gate.clean("-abcdefghijkl-"), "-[secret]-");
}

#[test]
fn a_short_secret_is_masked_in_what_is_said_of_its_own_property() {
    let gate = Gate::default();
    let inputs: Value = [("pin", Value::secret("1234".into()))].into_iter().collect();
    gate.learn(&inputs);
    assert_eq!(gate.clean("1234 is too short"), "1234 is too short");
    let about = |path| gate.clean_about("1234 is too short", &inputs, &path);
    assert_eq!(about(Path::key("pin")), "[secret] is too short");
    assert_eq!(about(Path::key("name")), "1234 is too short");
}

#[test]
fn numbers_and_bytes_are_secret_texts_too() {
    let gate = Gate::default();
    gate.learn(&Value::secret(Value::Int(123_456_789)));
    gate.learn(&Value::secret(vec![Value::Bytes(vec![0xff, 1, 2, 3, 4, 5])].into()));
    assert_eq!(gate.clean("123456789 /wECAwQF ff0102030405"), "[secret] [secret] [secret]");
}

#[test]
fn a_line_break_begins_no_line_of_its_own() {
    assert_eq!(foreign("a\r\nerror: b\rc\u{2028}d\n\n"), "a\n  error: b\n  c\n  d");
    assert_eq!(foreign("at\n    source.rs:1"), "at\n    source.rs:1");
    assert_eq!(foreign(&foreign("a\nb")), foreign("a\nb"));
    assert_eq!(foreign("a\n   ::b::c\u{85}::d"), "a\n  │    ::b::c\n  │ ::d");
    assert_eq!(foreign(&foreign("a\n::b")), foreign("a\n::b"));
}

#[test]
fn values_are_marked_where_a_secret_stands_in_them() {
    let gate = knowing(&["hunter2"]);
    let mut value: Value = [
        ("url", Value::from("db://hunter2@host")),
        ("encoded", STANDARD.encode("app:hunter2").into()),
        ("list", vec!["a", "hunter2"].into()),
        ("tags", [("hunter2", "x")].into_iter().collect()),
        ("size", 5.into()),
    ]
    .into_iter()
    .collect();
    gate.mark(&mut value);
    insta::assert_snapshot!(format!("{value:?}"), @r#"{"encoded": [secret], "list": ["a", [secret]], "size": 5, "tags": [secret], "url": [secret]}"#);
}

#[test]
fn with_too_many_secrets_nothing_that_is_said_is_shown() {
    let gate = Gate::default();
    for number in 0..=bounds::SECRETS.most {
        gate.learn_text(&format!("secret {number}"));
    }
    let mut value = Value::from("anything");
    gate.mark(&mut value);
    assert_eq!(
        (gate.clean("anything").as_str(), value),
        (
            "[not shown: the run has more secrets than can be searched for]",
            Value::secret("anything".into())
        )
    );
}

proptest! {
    #[test]
    fn no_text_passes_with_a_secret_in_it(
        secrets in prop::collection::vec("[ -~äß\\n]{6,100}", 1..5),
        texts in prop::collection::vec(("[ -~\\n\\x1b\\u{200b}]{0,12}", 0usize..5, 0usize..5), 0..8),
    ) {
        let gate = Gate::default();
        secrets.iter().for_each(|secret| gate.learn_text(secret));
        let mut said = String::new();
        for (text, which, form) in texts {
            let secret = &secrets[which % secrets.len()];
            said += &text;
            said += &match form {
                0 => secret.clone(),
                1 => STANDARD.encode(secret),
                2 => secret.to_ascii_uppercase(),
                3 => serde_json::to_string(secret).unwrap(),
                _ => secret.bytes().map(|byte| format!("{byte:02x}")).collect(),
            };
        }
        let clean = gate.clean(&said);
        prop_assert!(!clean.chars().any(|c| c != '\n' && super::is_invisible(c)));
        prop_assert!(clean.lines().skip(1).all(|line| line.is_empty() || line.starts_with("  ")));
        for secret in &secrets {
            let plain = clean.to_ascii_lowercase();
            prop_assert!(!plain.contains(&secret.to_ascii_lowercase()), "{secret:?} in {clean:?}");
            prop_assert!(!clean.contains(STANDARD.encode(secret).trim_end_matches('=')));
        }
        prop_assert_eq!(gate.clean(&clean), clean);
    }
}
