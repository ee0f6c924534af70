//! The acts of projects: their files, and the folders around them.

use std::fs::{self, File};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use nix::sys::stat::Mode;

use crate::act::{Act, Promise};
use crate::server::Answer;
use crate::stage::Stage;
use crate::watch::Seen;

const UP: [&str; 2] = ["up", "--yes"];

/// All of them.
pub(crate) fn acts() -> Vec<Act> {
    [&components()[..], &locked(), &links(), &settings(), &takes()].concat()
}

/// Uses a file of the stage as the program.
fn as_program(stage: &mut Stage, path: &str) -> Vec<&'static str> {
    stage.head = format!("name = \"hostile\"\n[program]\nwasm = {path:?}\n");
    UP.to_vec()
}

/// Uses bytes as the program.
fn program_of(stage: &mut Stage, bytes: impl AsRef<[u8]>) -> Vec<&'static str> {
    stage.write("project/program.wasm", bytes);
    as_program(stage, "program.wasm")
}

/// Uses a WebAssembly text as the program.
fn program_as_text(stage: &mut Stage, text: &str) -> Vec<&'static str> {
    let bytes = wat::parse_str(text).expect("it is WebAssembly");
    program_of(stage, bytes)
}

/// Makes a FIFO that nobody writes to.
fn fifo(stage: &Stage, path: &str) {
    nix::unistd::mkfifo(&stage.path(path), Mode::from_bits_truncate(0o600)).expect("it is made");
}

fn sparse(stage: &Stage, path: &str, length: u64) {
    File::create(stage.path(path)).and_then(|file| file.set_len(length)).expect("it is made");
}

fn components() -> Vec<Act> {
    use Promise::Components;
    let act = |name, set| Act::project(name, Components, set);
    vec![
        act("a program that is /dev/zero", |stage| as_program(stage, "/dev/zero")).exits(2),
        act("a program that is a FIFO", |stage| {
            fifo(stage, "project/program.wasm");
            as_program(stage, "program.wasm")
        })
        .exits(2),
        act("a program that is a folder", |stage| as_program(stage, ".")).exits(2),
        act("a program that is /proc/self/mem", |stage| as_program(stage, "/proc/self/mem")),
        act("a program that is not there", |stage| as_program(stage, "nothing.wasm")).exits(2),
        act("a program of 6 GB", |stage| {
            sparse(stage, "project/program.wasm", 6 << 30);
            as_program(stage, "program.wasm")
        })
        .slow(),
        act("a program of 6 GB that begins as a component", |stage| {
            stage.write("project/program.wasm", b"\0asm\x0d\0\x01\0");
            let file = File::options().write(true).open(stage.path("project/program.wasm"));
            file.and_then(|file| file.set_len(6 << 30)).expect("it is made");
            as_program(stage, "program.wasm")
        })
        .slow(),
        act("a program that is noise", |stage| {
            let noise: Vec<u8> =
                (0..100_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
            program_of(stage, noise)
        }),
        act("a program that is empty", |stage| program_of(stage, "")),
        act("a program that is a module", |stage| program_as_text(stage, "(module)"))
            .says(&["is a WebAssembly module, not a component"]),
        act("a component that exports nothing", |stage| program_as_text(stage, "(component)")),
        act("a component that wants HTTP", |stage| {
            program_as_text(
                stage,
                "(component (import \"wasi:http/outgoing-handler@0.2.0\" (instance)))",
            )
        })
        .says(&["is not a deployment program"]),
        act("a component that wants another version", |stage| {
            program_as_text(stage, "(component (import \"kim:program/stack@0.9.0\" (instance)))")
        })
        .says(&["is not a deployment program"]),
        act("a program that is a plugin", |stage| {
            let plugin = stage.plugin.display().to_string();
            as_program(stage, &plugin)
        }),
        act("a plugin that is a program", |stage| {
            stage.plugin = kim_tests::hostile().0;
            UP.to_vec()
        }),
        act("a plugin that is /dev/zero", |stage| {
            stage.plugin = "/dev/zero".into();
            UP.to_vec()
        })
        .exits(2),
        act("a plugin that is a FIFO", |stage| {
            fifo(stage, "project/plugin.wasm");
            stage.plugin = "plugin.wasm".into();
            UP.to_vec()
        })
        .exits(2),
        act("functions of 2 MB", |stage| {
            let function = format!("(func {})", "i32.const 1 drop ".repeat(600_000));
            program_as_text(stage, &format!("(component (core module {}))", function.repeat(20)))
        })
        .slow(),
        act("a hundred thousand functions", |stage| {
            let functions = "(func i32.const 1 drop)".repeat(100_000);
            program_as_text(stage, &format!("(component (core module {functions}))"))
        })
        .slow(),
        act("ninety tables of a million entries", |stage| {
            let tables = "(table 1048576 funcref)".repeat(90);
            program_as_text(
                stage,
                &format!(
                    "(component (core module $m {tables} (func (export \"f\") (result i32) i32.const 0)) \
                     (core instance $i (instantiate $m)))"
                ),
            )
        }),
    ]
}

fn locked() -> Vec<Act> {
    use Promise::{Components, Locked, Names};
    vec![
        Act::project("another component under a locked name", Locked, |stage| {
            installed(stage);
            stage.write(
                "project/plugin.wasm",
                patched(&kim_tests::hostile().1, "schema is well", "schema is WELL"),
            );
            UP.to_vec()
        }),
        Act::project("a lock that is gone", Locked, |stage| {
            installed(stage);
            fs::remove_file(stage.path("project/kim.lock")).expect("there is a lock");
            vec!["up", "--yes", "--locked"]
        })
        .exits(2),
        Act::project("a lock with an unknown entry", Locked, |stage| {
            installed(stage);
            let lock = stage.path("project/kim.lock");
            let text = fs::read_to_string(&lock).unwrap_or_default();
            stage.write("project/kim.lock", text.replace("hostile", "hostil"));
            vec!["up", "--yes", "--locked"]
        }),
        Act::project("a lock that is no lock", Locked, |stage| {
            stage.write("project/kim.lock", "\u{1b}[2J = [[[");
            UP.to_vec()
        })
        .exits(2),
        Act::project("two plugins of one kind", Locked, |stage| {
            stage.plugins = format!("a-helper = {{ path = {:?}, http = [] }}\n", stage.plugin);
            stage.more = "[a-helper]\ncloud = \"127.0.0.1:1\"\n".to_owned();
            UP.to_vec()
        })
        .says(&["hostile:Thing"]),
        Act::project("a plugin of another name", Locked, |stage| {
            let path = stage.plugin.clone();
            stage.entry = None;
            stage.plugins =
                format!("aws-ec2 = {{ path = {path:?}, aws = [\"ec2\"], http = [] }}\n");
            stage.more = "[aws-ec2]\ncloud = \"127.0.0.1:1\"\n".to_owned();
            UP.to_vec()
        }),
        Act::project("an installed plugin whose name climbs", Names, |stage| {
            stage.entry = None;
            stage.plugins = "\"../../evil\" = { version = \"0.1.0\" }\n".to_owned();
            UP.to_vec()
        })
        .exits(2),
        Act::project("an installed plugin whose version climbs", Names, |stage| {
            stage.entry = None;
            stage.plugins = "evil = { version = \"../../0.1.0\" }\n".to_owned();
            UP.to_vec()
        })
        .exits(2),
        Act::project("damaged code in the cache", Components, |stage| {
            own_cache(stage, 0o700);
            run(stage, &UP);
            for file in fs::read_dir(stage.path("cache")).into_iter().flatten().flatten() {
                let bytes = fs::read(file.path()).unwrap_or_default();
                let damaged: Vec<u8> = bytes.iter().map(|byte| byte ^ 0x55).collect();
                fs::write(file.path(), damaged).expect("it is written");
            }
            UP.to_vec()
        })
        .harmless()
        .slow(),
        Act::project("a cache that all may write to", Promise::Folders, |stage| {
            own_cache(stage, 0o777);
            UP.to_vec()
        }),
        Act::project("a cache that is a link", Promise::Folders, |stage| {
            own_cache(stage, 0o777);
            symlink(stage.path("cache"), stage.path("link")).expect("it is made");
            stage.environment.insert("KIM_CACHE_DIR", stage.path("link").display().to_string());
            UP.to_vec()
        }),
        Act::project("a cache of somebody else", Promise::Folders, |stage| {
            own_cache(stage, 0o755);
            // Only root can do that. For others it is their own, and nothing is refused.
            if std::os::unix::fs::chown(stage.path("cache"), Some(54_321), None).is_err() {
                fs::set_permissions(stage.path("cache"), fs::Permissions::from_mode(0o777))
                    .expect("it is ours");
            }
            UP.to_vec()
        }),
    ]
}

/// Installs the plugin by its path, and runs once so that it is locked.
fn installed(stage: &mut Stage) {
    let bytes = fs::read(&stage.plugin).expect("it is built");
    stage.write("project/plugin.wasm", bytes);
    stage.plugin = "plugin.wasm".into();
    run(stage, &UP);
}

/// Writes the settings and runs kim, whatever it comes to.
fn run(stage: &Stage, arguments: &[&str]) {
    stage.write_settings();
    // What it comes to is seen in the run that is watched.
    let _ = stage.kim(arguments).output();
}

/// Returns a component in which a text is replaced by another one of the same length.
pub(crate) fn patched(component: &Path, from: &str, to: &str) -> Vec<u8> {
    let mut bytes = fs::read(component).expect("it is built");
    let places: Vec<usize> = bytes
        .windows(from.len())
        .enumerate()
        .filter(|(_, window)| *window == from.as_bytes())
        .map(|(at, _)| at)
        .collect();
    for at in places {
        bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
    }
    bytes
}

fn own_cache(stage: &mut Stage, mode: u32) {
    let cache = stage.path("cache");
    fs::create_dir_all(&cache).expect("it is made");
    fs::set_permissions(&cache, fs::Permissions::from_mode(mode)).expect("it is ours");
    stage.environment.insert("KIM_CACHE_DIR", cache.display().to_string());
}

const BASHRC: &str = "# the person's own\n";

/// The person's own file is as it was.
fn bashrc_is_whole(stage: &Stage, _: &Seen) -> Option<String> {
    let text = fs::read_to_string(stage.path("home/.bashrc")).unwrap_or_default();
    (text != BASHRC).then(|| "a file of the person is overwritten".to_owned())
}

/// Writes the person's own file, and a link to it in the project.
fn link_to_bashrc(stage: &Stage, path: &str) {
    stage.write("home/.bashrc", BASHRC);
    symlink(stage.path("home/.bashrc"), stage.path(path)).expect("it is made");
}

fn links() -> Vec<Act> {
    use Promise::Folders;
    let act = |name, set| Act::project(name, Folders, set).also(bashrc_is_whole_if_any);
    vec![
        act("a link where settings are written aside", |stage| {
            link_to_bashrc(stage, "project/Kim.dev.toml.new");
            vec!["config", "set", "size", "3"]
        })
        .harmless()
        .also(bashrc_is_whole),
        act("a lock that is a link", |stage| {
            link_to_bashrc(stage, "project/kim.lock");
            UP.to_vec()
        })
        .exits(2)
        .also(bashrc_is_whole),
        act("a state that is a link", |stage| {
            fs::create_dir(stage.path("project/.kim")).expect("it is made");
            link_to_bashrc(stage, "project/.kim/state.db");
            UP.to_vec()
        })
        .also(bashrc_is_whole),
        act("a folder of the state that is a link", |stage| {
            fs::create_dir(stage.path("home/theirs")).expect("it is made");
            symlink(stage.path("home/theirs"), stage.path("project/.kim")).expect("it is made");
            UP.to_vec()
        }),
        act("settings that are a link to a secret", |stage| {
            stage.write("home/shadow", "root:$6$hash-of-root:19000::::::\n");
            symlink(stage.path("home/shadow"), stage.path("project/Kim.dev.toml")).expect("it is made");
            UP.to_vec()
        })
        .exits(2)
        .never(&["hash-of-root"]),
        act("a project that is a link to a secret", |stage| {
            stage.write("home/shadow", "root:$6$hash-of-root:19000::::::\n");
            symlink(stage.path("home/shadow"), stage.path("project/Kim.toml")).expect("it is made");
            UP.to_vec()
        })
        .exits(2)
        .never(&["hash-of-root"]),
        act("settings that are a FIFO", |stage| {
            fifo(stage, "project/Kim.dev.toml");
            UP.to_vec()
        })
        .exits(2),
        act("a project that is a FIFO", |stage| {
            fifo(stage, "project/Kim.toml");
            UP.to_vec()
        })
        .exits(2),
        act("a project of 3 GB", |stage| {
            sparse(stage, "project/Kim.toml", 3 << 30);
            UP.to_vec()
        })
        .exits(2)
        .slow(),
        act("settings that are /dev/zero", |stage| {
            symlink("/dev/zero", stage.path("project/Kim.dev.toml")).expect("it is made");
            UP.to_vec()
        })
        .exits(2)
        .slow(),
        act("a lock that is a FIFO", |stage| {
            fifo(stage, "project/kim.lock");
            UP.to_vec()
        })
        .exits(2),
        act("a state that is a FIFO", |stage| {
            fs::create_dir(stage.path("project/.kim")).expect("it is made");
            fifo(stage, "project/.kim/state.db");
            UP.to_vec()
        }),
        act("a state that is noise", |stage| {
            stage.write("project/.kim/state.db", "noise ".repeat(10_000));
            UP.to_vec()
        }),
        act("a stack whose name climbs", |stage| {
            stage.environment.insert("KIM_STACK", "../../home/theirs".to_owned());
            UP.to_vec()
        })
        .exits(2),
        act("the environment of a build script", |stage| {
            stage.head = "name = \"hostile\"\n[program]\npath = \".\"\n".to_owned();
            let home = std::env::var("HOME").unwrap_or_default();
            stage.environment.insert("HOME", home);
            stage.write("project/Cargo.toml", "[package]\nname = \"hostile-crate\"\nedition = \"2024\"\n[workspace]\n");
            stage.write("project/src/lib.rs", "");
            stage.write(
                "project/build.rs",
                "fn main() {\n    let all: Vec<_> = std::env::vars_os().collect();\n    panic!(\"saw {all:?}\");\n}\n",
            );
            UP.to_vec()
        })
        .says(&["saw "])
        .never(&["correct horse battery staple", "wJalrXUtnFEMI", "session-token-of-the-user"])
        .slow(),
    ]
}

fn bashrc_is_whole_if_any(stage: &Stage, seen: &Seen) -> Option<String> {
    if stage.path("home/.bashrc").is_file() { bashrc_is_whole(stage, seen) } else { None }
}

fn settings() -> Vec<Act> {
    use Promise::{Projects, Terminal};
    vec![
        Act::project("a name for a terminal", Terminal, |stage| {
            stage.head = format!(
                "name = \"a\\u001b]0;owned\\u0007\\u202eb\"\n[program]\nwasm = {:?}\n",
                kim_tests::hostile().0
            );
            UP.to_vec()
        })
        .exits(2),
        Act::project("a key for a terminal", Terminal, |stage| {
            stage.head = format!("\"a\\u001b]0;owned\\u0007\\u202eb\" = 1\n{}", stage.head);
            UP.to_vec()
        })
        .exits(2),
        Act::project("a path for a terminal", Terminal, |stage| {
            stage.head =
                "name = \"hostile\"\n[program]\nwasm = \"a\\u001b]0;owned\\u0007\\u202eb\"\n"
                    .to_owned();
            UP.to_vec()
        })
        .exits(2),
        Act::project("deep settings", Projects, |stage| {
            let deep = format!("deep = {}{}\n", "[".repeat(100_000), "]".repeat(100_000));
            stage.write("project/Kim.dev.toml", format!("[config]\n{deep}"));
            UP.to_vec()
        })
        .exits(2),
        Act::project("limits without end", Projects, |stage| {
            stage.head += "limits = { memory = 4000000000, computing = 4000000000 }\n";
            UP.to_vec()
        })
        .exits(2),
        Act::project("a sealed value that costs too much", Projects, |stage| {
            stage.write_settings();
            run(stage, &["stack", "init", "dev"]);
            run(stage, &["config", "set", "--secret", "password", "hunter2"]);
            // The cost of the key stands in the bytes 16 to 27 of what follows `kim1.`, as base64.
            let text = fs::read_to_string(stage.path("project/Kim.dev.toml")).unwrap_or_default();
            let at = text.find("kim1.").expect("it is sealed") + "kim1.".len() + 22;
            stage.write(
                "project/Kim.dev.toml",
                format!("{}{}{}", &text[..at], "v".repeat(14), &text[at + 14..]),
            );
            UP.to_vec()
        })
        .says(&["cannot be sealed or opened"]),
    ]
}

/// Nothing arrived at the cloud that the project chose.
fn nothing_arrived(stage: &Stage, _: &Seen) -> Option<String> {
    let asked = stage.cloud.as_ref()?.asked();
    asked.first().map(|head| format!("this arrived: {}", head.lines().next().unwrap_or_default()))
}

/// Nothing of the plugin arrived. kim itself asks which account it is, with a POST.
fn nothing_of_the_plugin_arrived(stage: &Stage, _: &Seen) -> Option<String> {
    let asked = stage.cloud.as_ref()?.asked();
    let head = asked.iter().find(|head| !head.starts_with("POST "))?;
    Some(format!("this arrived: {}", head.lines().next().unwrap_or_default()))
}

fn takes() -> Vec<Act> {
    use Promise::{Granted, Projects};
    vec![
        Act::project("an endpoint in Kim.toml", Projects, |stage| {
            stage.serve(Answer::Plain);
            let endpoint = stage.environment.remove("AWS_ENDPOINT_URL").unwrap_or_default();
            stage.head = format!("{}[aws]\nendpoint = {endpoint:?}\n", stage.head);
            stage.config.insert("does", "\"things\"".to_owned());
            stage.plugin_config.insert("does", "\"create: account\"".to_owned());
            UP.to_vec()
        })
        .also(nothing_arrived),
        Act::project("a profile in Kim.toml", Projects, |stage| {
            stage.write("home/config", "[profile theirs]\ncredential_process = touch was-run\n");
            stage
                .environment
                .insert("AWS_CONFIG_FILE", stage.path("home/config").display().to_string());
            for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"] {
                stage.environment.remove(name);
            }
            stage.head = format!("{}[aws]\nprofile = \"theirs\"\n", stage.head);
            stage.config.insert("does", "\"things\"".to_owned());
            stage.plugin_config.insert("does", "\"create: aws-path /\"".to_owned());
            UP.to_vec()
        })
        .also(|stage, _| {
            let was_run = stage.path("project/was-run").exists();
            was_run.then(|| "the profile's process was run".to_owned())
        }),
        Act::project("the state of another project", Projects, |stage| {
            run(stage, &UP);
            fs::create_dir(stage.path("other")).expect("it is made");
            fs::rename(stage.path("project"), stage.path("other/project")).expect("it is moved");
            fs::create_dir(stage.path("project")).expect("it is made");
            let state = stage.path("other/project/.kim/state.db");
            stage.head = format!("{}[state]\npath = {state:?}\n", stage.head);
            UP.to_vec()
        }),
        Act::project("a plugin to which nothing is granted, by AWS", Granted, |stage| {
            stage.serve(Answer::Plain);
            stage.entry = Some(String::new());
            stage.config.insert("does", "\"things\"".to_owned());
            stage.plugin_config.insert("does", "\"create: aws-path /\"".to_owned());
            UP.to_vec()
        })
        .says(&["asks for more than Kim.toml grants"])
        .also(nothing_of_the_plugin_arrived),
        Act::project("a plugin to which nothing is granted, by HTTP", Granted, |stage| {
            stage.serve(Answer::Plain);
            stage.entry = Some(String::new());
            stage.config.insert("does", "\"things\"".to_owned());
            stage.plugin_config.insert("does", "\"create: http http://CLOUD/\"".to_owned());
            UP.to_vec()
        })
        .says(&["asks for more than Kim.toml grants"])
        .also(nothing_of_the_plugin_arrived),
        Act::project("a plugin without AWS that asks for the account", Granted, |stage| {
            stage.serve(Answer::Plain);
            stage.entry = Some("aws = [], http = [\"CLOUD\"]".to_owned());
            stage.config.insert("does", "\"things\"".to_owned());
            stage.plugin_config.insert("does", "\"create: account\"".to_owned());
            UP.to_vec()
        })
        .says(&["asks for more than Kim.toml grants"]),
        Act::project("a line break in the name of a crate", Projects, |_| {
            vec!["plugin", "new", "a\"\n[dependencies]\nstolen = { path = \"/\" }\n#"]
        })
        .exits(2),
        Act::project("nothing at all", Projects, |_| UP.to_vec()).harmless(),
    ]
}
