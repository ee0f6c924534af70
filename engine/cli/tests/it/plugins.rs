//! Installed plugins and `kim.lock`: which component is found, which is rejected, and with which
//! error.

use std::path::Path;

use kim_cli::load::installed::Installed;
use kim_cli::load::lock::{Found, Lock, LockMode};
use kim_cli::project::Project;
use kim_model::schema::Capabilities;

const ONE: &str = "1111111111111111111111111111111111111111111111111111111111111111";
const TWO: &str = "2222222222222222222222222222222222222222222222222222222222222222";

struct Scratch {
    folder: tempfile::TempDir,
}

impl Scratch {
    /// Returns a project with this table of plugins.
    fn new(plugins: &str) -> Scratch {
        let scratch = Scratch { folder: tempfile::tempdir().expect("a scratch folder") };
        std::fs::create_dir(scratch.folder.path().join("crate")).expect("a folder is made");
        scratch.write("Kim.toml", &format!("name = \"x\"\n[plugins]\n{plugins}\n"));
        scratch
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).expect("a file is written");
    }

    fn project(&self) -> Project {
        Project::read(self.folder.path()).expect("it reads")
    }

    fn lock(&self) -> Lock {
        Lock::read(&self.project()).expect("it reads")
    }

    /// Returns a message without the folder's name.
    fn shown(&self, text: impl ToString) -> String {
        text.to_string().replace(&format!("{}/", self.folder.path().display()), "")
    }

    /// Checks a component with that digest against the lock. Returns "loaded" or the error.
    fn check(&self, name: &str, digest: &str) -> String {
        self.check_in(LockMode::First, name, digest)
    }

    fn check_in(&self, mode: LockMode, name: &str, digest: &str) -> String {
        let project = self.project();
        let lock = self.lock();
        let checked = lock
            .expect_whole(mode, false)
            .and_then(|()| lock.check(project.plugin(name).expect("it is there"), digest, mode));
        match checked {
            Ok(()) => "loaded".to_owned(),
            Err(error) => self.shown(error),
        }
    }

    fn lock_it(&self, name: &str, version: &str, digest: &str) {
        let asks = Capabilities { aws: vec!["ec2".to_owned()], http: vec![] };
        let mut lock = self.lock();
        let found = Found { version, digest, asks: &asks };
        lock.set(self.project().plugin(name).expect("it is there"), found, Some("../depot"));
        lock.save().expect("it is written");
    }
}

#[test]
fn a_locked_component_is_the_only_one_that_is_loaded() {
    let scratch = Scratch::new(
        "file = { path = \"x.wasm\" }\nown = { path = \"crate\" }\nkms = { version = \"0.1.0\" }",
    );
    assert_eq!(scratch.check("file", ONE), "loaded", "nothing is locked yet");
    scratch.lock_it("file", "0.1.0", ONE);
    scratch.lock_it("kms", "0.1.0", ONE);
    scratch.lock_it("own", "0.1.0", ONE);
    insta::assert_snapshot!(
        "kim_lock",
        std::fs::read_to_string(scratch.folder.path().join("kim.lock")).expect("written")
    );
    assert_eq!(scratch.check("file", ONE), "loaded");
    insta::assert_snapshot!("another_component", scratch.check("file", TWO));
    // A crate's component follows its source.
    assert_eq!(scratch.check("own", TWO), "loaded");
}

/// What `Kim.toml` or `kim.lock` became, and what is said of it. `--update` accepts each.
#[test]
fn what_does_not_fit_the_lock_is_said() {
    let plugins = "file = { path = \"x.wasm\" }\nkms = { version = \"0.1.0\" }";
    let scratch = Scratch::new(plugins);
    scratch.lock_it("file", "0.1.0", ONE);
    scratch.lock_it("kms", "0.1.0", ONE);
    let said = [
        ("another version", "file = { path = \"x.wasm\" }\nkms = { version = \"0.2.0\" }", "kms"),
        ("another file", "file = { path = \"y.wasm\" }\nkms = { version = \"0.1.0\" }", "file"),
        ("a crate", "file = { path = \"crate\" }\nkms = { version = \"0.1.0\" }", "file"),
        (
            "an installed one",
            "file = { version = \"0.1.0\" }\nkms = { version = \"0.1.0\" }",
            "file",
        ),
        ("one more", &format!("{plugins}\nnew = {{ path = \"z.wasm\" }}"), "new"),
        ("one less", "file = { path = \"x.wasm\" }", "file"),
    ]
    .map(|(what, plugins, name)| {
        scratch.write("Kim.toml", &format!("name = \"x\"\n[plugins]\n{plugins}\n"));
        let said = scratch.check(name, ONE);
        assert_eq!(scratch.check_in(LockMode::Locked, name, ONE), said);
        assert_eq!(scratch.check_in(LockMode::Update, name, ONE), "loaded", "{what}");
        format!("── {what}\n{said}")
    });
    insta::assert_snapshot!(said.join("\n"));
}

/// `--update` says what it locks anew, and whether that comes from elsewhere.
#[test]
fn what_moved_is_said() {
    let scratch = Scratch::new("file = { path = \"x.wasm\" }\nkms = { version = \"0.1.0\" }");
    scratch.lock_it("file", "0.1.0", ONE);
    scratch.lock_it("kms", "0.1.0", ONE);
    let asks = Capabilities::default();
    let mut said = Vec::new();
    for (plugins, name, version, digest, moved) in [
        ("file = { path = \"x.wasm\" }", "file", "0.1.0", ONE, false),
        ("file = { path = \"x.wasm\" }", "file", "0.1.0", TWO, false),
        ("file = { path = \"y.wasm\" }", "file", "0.1.0", TWO, true),
        // The same bytes are the same plugin, wherever they lie.
        ("file = { path = \"y.wasm\" }", "file", "0.1.0", ONE, false),
        ("file = { path = \"crate\" }", "file", "0.1.0", TWO, true),
        ("kms = { version = \"0.2.0\" }", "kms", "0.2.0", TWO, false),
        ("kms = { path = \"crate\" }", "kms", "0.1.0", TWO, true),
        ("new = { path = \"crate\" }", "new", "0.1.0", TWO, false),
    ] {
        scratch.write("Kim.toml", &format!("name = \"x\"\n[plugins]\n{plugins}\n"));
        let (project, lock) = (scratch.project(), scratch.lock());
        let plugin = project.plugin(name).expect("it is there");
        assert_eq!(lock.is_moved(plugin, digest), moved, "{plugins}");
        let difference = lock.difference(plugin, Found { version, digest, asks: &asks });
        let difference = difference.unwrap_or_else(|| "(nothing)".to_owned());
        said.push(format!("── {plugins}\n{}", scratch.shown(difference)));
    }
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn a_missing_lock_is_said() {
    let scratch = Scratch::new("file = { path = \"x.wasm\" }");
    let lock = scratch.lock();
    lock.expect_whole(LockMode::First, false).expect("the first run writes it");
    lock.expect_whole(LockMode::Update, true).expect("it is written anew");
    let said = [(LockMode::Locked, false), (LockMode::First, true)].map(|(mode, was_there)| {
        scratch.shown(lock.expect_whole(mode, was_there).expect_err("said"))
    });
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn the_lock_is_written_only_when_something_changes() {
    let scratch = Scratch::new("file = { path = \"x.wasm\" }\nother = { path = \"y.wasm\" }");
    scratch.lock_it("file", "0.1.0", ONE);
    scratch.lock_it("other", "0.1.0", ONE);
    let file = scratch.folder.path().join("kim.lock");
    std::fs::write(&file, std::fs::read_to_string(&file).expect("it is there") + "# a note\n")
        .expect("written");
    scratch.lock_it("file", "0.1.0", ONE);
    assert!(
        std::fs::read_to_string(&file).expect("it is there").ends_with("# a note\n"),
        "it was left alone"
    );
    // The entry of a plugin that the project no longer has is removed with the next change.
    scratch.write("Kim.toml", "name = \"x\"\n[plugins]\nfile = { path = \"x.wasm\" }");
    scratch.lock_it("file", "0.2.0", TWO);
    let text = std::fs::read_to_string(&file).expect("it is there");
    assert!(text.contains(TWO) && !text.contains("\"other\""), "{text}");
}

#[test]
fn a_lock_that_cannot_be_used_says_why() {
    let scratch = Scratch::new("file = { path = \"x.wasm\" }");
    let errors = [
        "",
        "version = 2",
        "version = 1\n[[plugin]]\nname = \"file\"",
        "version = 1\n[[plugin]]\nname = \"file\"\ncrate = \"c\"\naws = \"ec2\"",
        "version = 1\n[[plugin]]\nname = \"a\"\ncrate = \"c\"\n[[plugin]]\nname = \"a\"\ncrate = \"d\"",
        "<<<<<<< HEAD\nversion = 1",
    ]
    .map(|text| {
        scratch.write("kim.lock", text);
        let error = Lock::read(&scratch.project()).expect_err("refused");
        assert_eq!(error.exit.code(), 2);
        format!("{text}\n→ {}\n", scratch.shown(error))
    });
    insta::assert_snapshot!("unusable_locks", errors.join("\n"));
}

#[test]
fn an_installed_plugin_is_found_by_version_and_digest() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let installed = Installed::at(folder.path().join("plugins"));
    let keep = |version: &str, digest: &str| {
        let component = folder.path().join("built.wasm");
        std::fs::write(&component, digest).expect("a file is written");
        installed.keep("shop", version, digest, &component)
    };
    let find = |version: &str, digest: Option<&str>| match installed.find("shop", version, digest) {
        Ok(path) => std::fs::read_to_string(path).expect("it is there"),
        Err(error) => error.to_string(),
    };
    let mut said = vec![find("0.1.0", None), find("0.1.0", Some(ONE))];
    keep("0.1.0", ONE).expect("it is kept");
    assert_eq!(find("0.1.0", None), ONE);
    assert_eq!(find("0.1.0", Some(ONE)), ONE);
    said.push(find("0.1.0", Some(TWO)));
    keep("0.1.0", TWO).expect("it is kept");
    assert_eq!(find("0.1.0", Some(ONE)), ONE);
    said.extend([find("0.1.0", None), find("0.2.0", None)]);
    said.push(keep("../../0.1.0", ONE).expect_err("that is no version").to_string());
    insta::assert_snapshot!("installed", said.join("\n\n"));
    let left: Vec<_> =
        folder.path().join("plugins/shop/0.1.0").read_dir().expect("it is there").collect();
    assert_eq!(left.len(), 2, "nothing is left aside");
}

#[test]
fn the_folder_of_installed_plugins_follows_the_environment() {
    let of = |variables: &[(&str, &str)]| {
        let environment = variables.iter().copied().collect();
        Installed::of_user(&environment).map_err(|error| error.to_string())
    };
    let at = |path: &str| Ok(Installed::at(Path::new(path).to_owned()));
    let home = ("HOME", "/home/kim");
    assert_eq!(of(&[("KIM_PLUGIN_DIR", "/plugins"), home]), at("/plugins"));
    assert_eq!(of(&[("XDG_DATA_HOME", "/data"), home]), at("/data/kim/plugins"));
    assert_eq!(of(&[("XDG_DATA_HOME", "data"), home]), at("/home/kim/.local/share/kim/plugins"));
    assert!(of(&[]).is_err());
}
