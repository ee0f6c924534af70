//! `kim-generate <schema.json>... --out <folder>`: writes typed builders from plugin schemas, as
//! `kim plugin schema` prints them. With `--check` it writes nothing and fails if the folder is
//! stale.

use std::path::PathBuf;
use std::process::ExitCode;

use kim_model::schema::Plugin;

const USAGE: &str = "usage: kim-generate <schema.json>... --out <folder> [--check]";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("kim-generate: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let (mut schemas, mut folder, mut check) = (Vec::new(), None, false);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--out" => folder = Some(PathBuf::from(arguments.next().ok_or(USAGE)?)),
            "--check" => check = true,
            flag if flag.starts_with('-') => return Err(format!("unknown flag {flag}\n{USAGE}")),
            path => schemas.push(read(path)?),
        }
    }
    let folder = folder.ok_or(USAGE)?;
    if schemas.is_empty() {
        return Err(USAGE.to_owned());
    }
    let files = kim_generate::generate(&schemas).map_err(|error| error.to_string())?;
    if check {
        let stale = kim_generate::stale(&files, &folder);
        return if stale.is_empty() { Ok(()) } else { Err(stale.join("\n")) };
    }
    kim_generate::write(&files, &folder).map_err(|error| error.to_string())
}

fn read(path: &str) -> Result<Plugin, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
    serde_json::from_str(&text)
        .map_err(|error| format!("{path} is not the schema of a plugin: {error}"))
}
