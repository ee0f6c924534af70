//! Plays an act, and judges what kim did.

use std::path::Path;
use std::time::Duration;

use crate::act::{Act, By, Play, Promise};
use crate::project::patched;
use crate::server::Answer;
use crate::stage::{SECRET, Stage};
use crate::watch::{self, Patience, Seen};

/// The most memory of kim for any act, in bytes: with the release build.
const MOST_MEMORY: u64 = 1 << 30;
/// The longest line of what kim says, in bytes: some texts of a guest, each cut.
const LONGEST_LINE: usize = 100 << 10;
/// How long an act may take before kim counts as held up.
const HELD_UP: Duration = Duration::from_secs(90);
/// The same of a build that is not optimized.
const HELD_UP_UNOPTIMIZED: Duration = Duration::from_secs(240);
/// How long an interrupted act may take.
const HELD_UP_INTERRUPTED: Duration = Duration::from_secs(40);

/// What became of an act.
pub struct Played {
    /// What kim did.
    pub seen: Seen,
    /// What is wrong with that; empty: kim held the act.
    pub wrong: Vec<String>,
}

/// Plays an act with this binary. Memory is judged of a release build.
///
/// # Errors
/// There is no room for a stage, or kim does not start.
pub fn play(act: &Act, kim: &Path, is_release: bool) -> std::io::Result<Played> {
    let mut stage = Stage::new(kim)?;
    let command = set(act, &mut stage)?;
    let most = match (act.interrupts > 0, is_release) {
        (true, _) => HELD_UP_INTERRUPTED,
        (false, true) => HELD_UP,
        (false, false) => HELD_UP_UNOPTIMIZED,
    };
    let patience = Patience { most, interrupts: act.interrupts };
    let seen = watch::run(&mut stage.kim(&command), &stage.said(), patience)?;
    let mut wrong = judged(act, &stage, &seen);
    if is_release && seen.peak > MOST_MEMORY && seen.killed.is_none() {
        wrong.push(format!("it took {} MB of memory", seen.peak >> 20));
    }
    if lasts(act) && seen.killed.is_none() {
        wrong.extend(after(&mut stage)?);
    }
    Ok(Played { seen, wrong })
}

/// Sets the stage. Returns the command of kim.
fn set(act: &Act, stage: &mut Stage) -> std::io::Result<Vec<&'static str>> {
    stage.config.insert("times", act.times.to_string());
    if act.tries == Promise::Secrets {
        stage.write_settings();
        stage.kim(&["stack", "init", "dev"]).output()?;
        stage.kim(&["config", "set", "--secret", "password", SECRET]).output()?;
        let text = std::fs::read_to_string(stage.path("project/Kim.dev.toml"))?;
        let line =
            text.lines().find_map(|line| line.strip_prefix("password = ")).unwrap_or_default();
        stage.config.insert("password", line.to_owned());
        unwrite(stage);
    }
    let limits = format!("limits = {{ {} }}", act.limits);
    let mut command = act.command.to_vec();
    match act.play {
        Play::Program(does) => {
            stage.config.insert("does", format!("{does:?}"));
            if !act.limits.is_empty() {
                stage.head += &format!("{limits}\n");
            }
        }
        Play::Plugin(does) => command = set_plugin(act, does, stage)?,
        Play::Schema(is) => {
            let (from, to) =
                (format!("{:<32}", "schema is well"), format!("{:<32}", format!("schema is {is}")));
            stage.write("project/plugin.wasm", patched(&stage.plugin, &from, &to));
            stage.plugin = "plugin.wasm".into();
            stage.config.insert("does", "\"things\"".to_owned());
        }
        Play::Set(set) => command = set(stage),
    }
    if act.by == By::Plugin && !act.limits.is_empty() {
        let entry = stage.entry.take().unwrap_or_default();
        stage.entry = Some(format!("{entry}, {limits}"));
    }
    stage.write_settings();
    if act.by != By::Project && command[0] != "up" && !stage.path("project/.kim").exists() {
        stage.kim(&["stack", "init", "dev"]).output()?;
    }
    Ok(command)
}

/// Sets the stage for an act of the plugin. What acts on what is there is played after a first run.
fn set_plugin(act: &Act, does: &str, stage: &mut Stage) -> std::io::Result<Vec<&'static str>> {
    let operation = does.split(':').next().unwrap_or_default();
    let is_secret = act.tries == Promise::Secrets;
    stage.config.insert(
        "does",
        match operation {
            "look-up" => "\"a lookup\"",
            _ if is_secret => "\"a secret thing\"",
            _ => "\"things\"",
        }
        .to_owned(),
    );
    let asks = ["aws-", "http", "account", "region"].iter().any(|word| does.contains(word));
    if asks {
        stage.serve(Answer::Plain);
    }
    let mut command = act.command.to_vec();
    if ["read", "update", "delete"].contains(&operation) {
        stage.write_settings();
        stage.kim(&["up", "--yes"]).output()?;
        unwrite(stage);
        command = match operation {
            "read" => vec!["refresh", "--yes"],
            "update" => {
                stage.config.insert("text", "\"loud\"".to_owned());
                vec!["up", "--yes"]
            }
            _ => vec!["destroy", "--yes"],
        };
    }
    stage.plugin_config.insert("does", format!("{does:?}"));
    Ok(command)
}

/// Removes the settings, so that others can be written.
fn unwrite(stage: &Stage) {
    for file in ["project/Kim.toml", "project/Kim.dev.toml"] {
        // It may not be there.
        let _ = std::fs::remove_file(stage.path(file));
    }
}

/// Returns true if the act may leave something behind that a later run has to cope with.
fn lasts(act: &Act) -> bool {
    let changes = ["create", "settle", "update", "delete", "read"];
    matches!(act.play, Play::Plugin(does) if changes.iter().any(|name| does.starts_with(name)))
}

/// A run with a plugin that behaves ends well. Returns what is wrong with it.
fn after(stage: &mut Stage) -> std::io::Result<Option<String>> {
    unwrite(stage);
    stage.plugin_config.remove("does");
    stage.write_settings();
    let patience = Patience { most: HELD_UP_UNOPTIMIZED, interrupts: 0 };
    let seen = watch::run(&mut stage.kim(&["destroy", "--yes"]), &stage.said(), patience)?;
    let error = seen.said[1].lines().find(|line| line.starts_with("error")).unwrap_or_default();
    Ok((seen.code != Some(0)).then(|| format!("afterwards nothing can be destroyed: {error}")))
}

/// Returns what is wrong with what kim did.
fn judged(act: &Act, stage: &Stage, seen: &Seen) -> Vec<String> {
    let mut wrong: Vec<String> = seen.killed.map(str::to_owned).into_iter().collect();
    if seen.killed.is_none() {
        wrong.extend(wrong_code(act, seen));
    }
    let text = seen.text();
    let missing = act.says.iter().filter(|says| !text.contains(**says));
    wrong.extend(missing.map(|says| format!("it does not say {says:?}")));
    wrong.extend(steers(&text));
    // All of a page is the plugin's.
    if !act.command.contains(&"--markdown") {
        wrong.extend(forged(&text));
    }
    let longest = text.lines().map(str::len).max().unwrap_or(0);
    if longest > LONGEST_LINE {
        wrong.push(format!("a line has {longest} bytes"));
    }
    let kept = stage.kept();
    let told = act.never.iter().filter(|never| text.contains(**never) || kept.contains(**never));
    wrong.extend(told.map(|never| format!("it says or keeps {never:?}")));
    if act.tries == Promise::Secrets {
        let history = stage.kim(&["history", "--json"]).output();
        let history = history.map(|output| output.stdout).unwrap_or_default();
        let all = [text.as_str(), &kept, &String::from_utf8_lossy(&history)];
        wrong.extend(
            ["a run says", "the state keeps", "the history says"].iter().zip(all).filter_map(
                |(who, text)| leaked(text).map(|how| format!("{who} the secret {how}")),
            ),
        );
    }
    wrong.extend((act.also)(stage, seen));
    wrong
}

/// Returns what is wrong with the exit code. 101 is that of a panic.
fn wrong_code(act: &Act, seen: &Seen) -> Option<String> {
    match (seen.code, act.code) {
        (None, _) => Some("a signal ended it".to_owned()),
        (Some(0..=2), None) => None,
        (Some(code), Some(right)) if code == right => None,
        (Some(code), Some(right)) => Some(format!("the exit code is {code}, not {right}")),
        (Some(code), None) => Some(format!("the exit code is {code}")),
    }
}

/// Returns what a terminal or a CI would take for a command.
fn steers(text: &str) -> Option<String> {
    let is_format = |c: char| matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    let dirty = text.chars().find(|c| (c.is_control() && !"\n\t".contains(*c)) || is_format(*c));
    let command = text.lines().find(|line| line.starts_with("::add-mask"));
    let character = dirty.map(|c| format!("it prints {c:?}"));
    character.or_else(|| command.map(|line| format!("a line is a command: {line:?}")))
}

/// Returns what a reader would take for a line of kim's own.
fn forged(text: &str) -> Option<String> {
    let line = text.lines().find(|line| line.starts_with("error: forged"));
    line.map(|line| format!("a line is a guest's: {line:?}"))
}

/// Returns in which form a text has the secret.
fn leaked(text: &str) -> Option<&'static str> {
    let encode = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
            char::from(byte).to_string()
        }
        byte => format!("%{byte:02X}"),
    };
    let forms = [
        ("as it is", SECRET.to_owned()),
        ("with escapes", SECRET.replace('"', "\\\"")),
        ("as JSON in JSON", SECRET.replace('"', "\\\\\\\"")),
        ("as in a URL", SECRET.bytes().map(encode).collect()),
        ("as base64", "SHVudGVyMiAiaXMiIG5vL2dvb2QrcGFzc3dvcmQ".to_owned()),
    ];
    let text = text.to_lowercase();
    forms.into_iter().find(|(_, form)| text.contains(&form.to_lowercase())).map(|(how, _)| how)
}
