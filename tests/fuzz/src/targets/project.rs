//! The files of a project: `Kim.toml`, the settings of a stack, `kim.lock`.

use std::path::Path;

use kim_cli::error::Error;
use kim_cli::load::lock::{Found, Lock};
use kim_cli::project::settings::Settings;
use kim_cli::project::{Project, config_file};
use kim_model::Step;
use kim_model::schema::Capabilities;
use toml_edit::DocumentMut;

use crate::input::{folder, parts};

/// Reads a project: `Kim.toml`, `Kim.dev.toml` and `kim.lock`, in this order.
pub(super) fn run(bytes: &[u8]) {
    let folder = folder();
    let [project, stack, lock] = parts(bytes);
    let write = |name: &str, text: &str| {
        std::fs::write(folder.path().join(name), text).expect("a scratch file");
    };
    write("Kim.toml", &project);
    let project = match Project::read(folder.path()) {
        Ok(project) => project,
        Err(error) => return names(&error, "Kim.toml"),
    };
    write("Kim.dev.toml", &stack);
    match Settings::load(&project, "dev") {
        Ok(settings) => read_settings(&settings),
        Err(error) => names(&error, "Kim.dev.toml"),
    }
    write("kim.lock", &lock);
    match Lock::read(&project) {
        Ok(lock) => write_lock(&project, lock, folder.path()),
        Err(error) => names(&error, "kim.lock"),
    }
}

fn read_settings(settings: &Settings) {
    for read in [settings.aws().map(|_| ()), settings.redacted().map(|_| ())] {
        read.unwrap_or_else(|error| names(&error, "toml"));
    }
    let _ = settings.has_secrets();
}

/// Adds an entry, and reads back what was written.
fn write_lock(project: &Project, mut lock: Lock, folder: &Path) {
    let before = lock.clone();
    let asks = Capabilities { aws: vec!["\"\n".to_owned()], http: vec!["a:1".to_owned()] };
    for plugin in &project.plugins {
        let found = Found { version: "1.2.3-\"\\\n", digest: "abc", asks: &asks };
        lock.set(plugin, found, Some("../\"x"));
    }
    lock.save().expect("the lock is written");
    let read = Lock::read(project).expect("what was written is read");
    assert!(
        read == lock || lock == before && !folder.join("kim.lock").exists(),
        "a lock reads back"
    );
}

fn names(error: &Error, file: &str) {
    assert!(error.message.contains(file), "an error does not name its file: {}", error.message);
}

/// Edits a stack's file: the text, a key, a value.
pub(super) fn run_set(bytes: &[u8]) {
    let [text, key, value] = parts(bytes);
    let Ok(mut document) = text.parse::<DocumentMut>() else { return };
    let Ok(path) = config_file::key_path(&key, ["config", "aws"]) else { return };
    let value = config_file::typed(&value);
    if config_file::set(&mut document, &path, value.clone()).is_err() {
        return;
    }
    let written = document.to_string();
    let mut read: DocumentMut = written.parse().expect("what was written is TOML");
    let found = path.steps().iter().try_fold(read.as_item(), |item, step| match step {
        Step::Key(key) => item.get(key.as_str()),
        Step::Index(index) => item.get(*index),
    });
    let found = found.and_then(toml_edit::Item::as_value).expect("what was set is there");
    assert_eq!(plain(found), plain(&value), "a value that was set");
    assert!(config_file::remove(&mut read, &path), "what was set is removed");
    let _: DocumentMut = read.to_string().parse().expect("what is left is TOML");
}

/// Returns a value without the white space and the comments around it.
fn plain(value: &toml_edit::Value) -> String {
    use toml_edit::Value;
    match value {
        Value::Array(items) => {
            format!("[{}]", items.iter().map(plain).collect::<Vec<_>>().join(","))
        }
        Value::InlineTable(table) => {
            let entry = |(key, item): (&str, _)| format!("{key:?}={}", plain(item));
            let mut entries: Vec<String> = table.iter().map(entry).collect();
            entries.sort();
            format!("{{{}}}", entries.join(","))
        }
        Value::String(text) => format!("{:?}", text.value()),
        Value::Integer(number) => number.value().to_string(),
        Value::Float(number) => number.value().to_string(),
        Value::Boolean(truth) => truth.value().to_string(),
        Value::Datetime(date) => date.value().to_string(),
    }
}
