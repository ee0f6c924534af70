//! `kim plugin`: the mistakes that `kim plugin test` finds, and how a plugin is installed and
//! locked.

use insta::assert_snapshot;
use kim_tests::{Output, Project, Scaffolded, plugin, steady};

/// A new plugin with every mistake that a life cycle without faults can show.
#[test]
fn mistakes_in_a_life() {
    let plugin = Scaffolded::new("stand");
    plugin
        // The service ignores the token and creates another item.
        .edit("examples/service/items.rs", "item[\"token\"] == body[\"token\"]", "item[\"token\"] == \"\"")
        // A find returns any item.
        .edit("src/item.rs", "/items?token={token}", "/items?any={token}")
        .edit("examples/service/items.rs", "_ => item[key] == *wanted,", "\"any\" => true,\n            _ => item[key] == *wanted,")
        // An update does not change the price.
        .edit("src/item.rs", "update(id: &str, inputs: Item, _: Item)", "update(id: &str, inputs: Item, before: Item)")
        .edit("src/item.rs", "json!({ \"price\": inputs.price, \"tags\"", "json!({ \"price\": before.price, \"tags\"")
        // A read leaves deleted items out of its answer.
        .edit(
            "src/item.rs",
            "Ok(items.iter().map(|item| found.iter().find(|state| state.id == item.id).cloned()).collect())",
            "Ok(found.into_iter().map(Some).collect())",
        )
        // A delete of a deleted item fails.
        .edit(
            "src/item.rs",
            "ask(\"DELETE\", &format!(\"/items/{id}\"), None)?;",
            "ask(\"DELETE\", &format!(\"/items/{id}\"), None)?.ok_or_else(|| Failure::Other(\"there is none\".to_owned()))?;",
        );
    assert_snapshot!(plugin.build().kim("stand", &["plugin", "test"]).exits(1).snapshot());
}

/// A temporary fault of the service is taken for an item that does not exist, and a find does not
/// say that a retry may help.
#[test]
fn mistakes_when_a_request_fails() {
    let plugin = Scaffolded::new("kiosk");
    plugin.edit("src/service.rs", "404 => Ok(None),", "404 | 503 => Ok(None),").edit(
        "src/item.rs",
        "&format!(\"/items?token={token}\"), None)?",
        "&format!(\"/items?token={token}\"), None).map_err(|why| Failure::Other(why.to_string()))?",
    );
    let output = plugin.build().kim("kiosk", &["plugin", "test", "--json"]).exits(1);
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let failed = output
        .events()
        .into_iter()
        .filter(|event| event["result"] == "failed" && event["type"] == "check");
    let failed: Vec<String> = failed
        .map(|check| format!("{}\n  {}", text(&check["check"]), text(&check["message"])))
        .collect();
    assert_snapshot!(steady(&failed.join("\n")));
}

/// A plugin that looks for its token before it creates: of a service that accepts none and without
/// a word of that, with that word, and with it at a service that does accept one.
#[test]
fn creates_that_are_carried_out_late() {
    let looks = "if let Some(made) = Item::find(token, inputs.clone()).await? {\n            return Ok(made);\n        }\n        ";
    let scaffolded = |name: &str, takes_tokens: bool, says: &str| {
        let plugin = Scaffolded::new(name);
        let create = "state(&ask(\"POST\"";
        plugin.edit("src/item.rs", create, &format!("{looks}{create}"));
        plugin.edit("src/item.rs", "id = \"item_id\")]", &format!("id = \"item_id\"{says})]"));
        if !takes_tokens {
            let takes = "item[\"token\"] == body[\"token\"]";
            plugin.edit("examples/service/items.rs", takes, "item[\"token\"] == \"\"");
        }
        plugin.build();
        plugin
    };
    let plugins = [
        ("kerb", scaffolded("kerb", false, "")),
        ("curb", scaffolded("curb", false, ", tokenless")),
        ("kerf", scaffolded("kerf", true, ", tokenless")),
    ];
    // Each of them waits most of its time.
    let told = std::thread::scope(|scope| {
        let tests: Vec<_> = plugins
            .iter()
            .map(|(name, plugin)| {
                scope.spawn(|| told_of_late(&plugin.kim(name, &["plugin", "test", "--json"])))
            })
            .collect();
        tests.into_iter().map(|test| test.join().expect("it ends")).collect::<Vec<_>>()
    });
    assert_snapshot!(told.join("\n\n"));
}

/// Returns what a test of a plugin told of creates that are carried out late.
fn told_of_late(output: &Output) -> String {
    let checks = output.events().into_iter().filter(|event| event["type"] == "check");
    let told = checks.filter_map(|check| {
        let text = |key: &str| check[key].as_str().unwrap_or_default().to_owned();
        let of_late = text("check").contains("late") || text("check").contains("`tokenless` says");
        let line = format!("{}: {} {}", text("check"), text("result"), text("message"));
        of_late.then(|| line.trim_end().to_owned())
    });
    steady(&told.collect::<Vec<_>>().join("\n"))
}

#[test]
fn samples_that_do_not_fit() {
    let plugin = Scaffolded::new("booth");
    let test = || plugin.kim("booth", &["plugin", "test"]).exits(2).snapshot();
    plugin.build();
    let said = [
        ("[kinds.\"booth:api:Item\"]", "[kinds.\"booth:api:Itm\"]"),
        ("update =", "upd ="),
        ("\n[config]\n", "\n[cofnig]\n"),
    ]
    .map(|(from, to)| {
        plugin.edit("kim-test.toml", from, to);
        let said = test();
        plugin.edit("kim-test.toml", to, from);
        said
    });
    std::fs::remove_file(plugin.dir().join("kim-test.toml")).expect("it is there");
    assert_snapshot!(said.join("\n") + "\n" + &test());
}

#[test]
fn an_installed_plugin_is_the_one_that_is_locked() {
    let plugin = Scaffolded::new("stall");
    let project = plugin.folder().join("project");
    std::fs::create_dir(&project).expect("a folder is made");
    let write = |text: &str| std::fs::write(project.join("Kim.toml"), text).expect("it is written");
    let read = |name: &str| std::fs::read_to_string(project.join(name)).expect("it is there");
    // A folder: its grants stay in Kim.toml, and so do comments.
    write(
        "name = \"x\" # mine\n\n[plugins]\nstall = { path = \"../stall\", http = [\"127.0.0.1:1\"] } # and this\n",
    );
    plugin
        .build()
        .kim("project", &["plugin", "install", "../stall", "--yes"])
        .succeeds()
        .contains(&["installed stall 0.1.0"]);
    assert_snapshot!("kim_toml", read("Kim.toml"));
    let locked = read("kim.lock");
    plugin.kim("project", &["plugin", "ls"]).succeeds().contains(&["1 kind "]);
    plugin
        .kim("project", &["plugin", "install"])
        .succeeds()
        .contains(&["every plugin that the project names is installed"]);

    // The installed component is changed.
    let folder = plugin.installed().join("stall/0.1.0");
    let component = folder
        .read_dir()
        .expect("it is there")
        .next()
        .expect("there is one")
        .expect("it is readable")
        .path();
    let bytes = std::fs::read(&component).expect("it is there");
    std::fs::write(&component, [&bytes[..], b"\0\x01\0"].concat()).expect("it is written");
    plugin.kim("project", &["plugin", "ls"]).exits(1).contains(&["is damaged", "remove that file"]);
    // The installed component is deleted, and kim does not ship it.
    std::fs::remove_file(&component).expect("it is there");
    plugin
        .kim("project", &["plugin", "ls"])
        .exits(1)
        .contains(&["is not installed", "kim plugin install"]);
    plugin
        .kim("project", &["plugin", "install"])
        .exits(2)
        .contains(&["not a plugin that comes with kim"]);

    // The same again from its file.
    let file = plugin.folder().join("stall.wasm");
    std::fs::write(&file, &bytes).expect("it is written");
    plugin.kim("project", &["plugin", "install", "../stall.wasm"]).succeeds();
    assert_eq!(read("kim.lock"), locked);

    // A file that is used in place: another one is rejected until it is accepted.
    write(
        "name = \"x\"\n[plugins]\nstall = { path = \"../stall.wasm\", http = [\"config:host\"] }\n",
    );
    plugin.kim("project", &["plugin", "install", "stall"]).succeeds().contains(&["kim.lock names"]);
    std::fs::write(&file, [&bytes[..], b"\0\x01\0"].concat()).expect("it is written");
    plugin
        .kim("project", &["plugin", "schema", "stall"])
        .exits(1)
        .contains(&["is not the component that kim.lock names"]);
    plugin.kim("project", &["plugin", "install", "stall"]).succeeds().contains(&["no longer"]);
    plugin.kim("project", &["plugin", "schema", "stall"]).succeeds();
    assert_eq!(
        read("Kim.toml"),
        "name = \"x\"\n[plugins]\nstall = { path = \"../stall.wasm\", http = [\"config:host\"] }\n"
    );
}

#[test]
fn a_plugin_is_not_tested_in_an_account_without_consent() {
    let cloud = kim_tests::Cloud::start();
    let project = Project::small(&cloud.account());
    let ec2 = plugin("ec2").display().to_string();
    project.kim(&["plugin", "test", &ec2]).exits(2).contains(&[
        "works on AWS",
        "--yes",
        "kim local",
    ]);
    assert!(cloud.calls().is_empty(), "nothing was asked of the cloud");
}

/// The requests of an AWS plugin to AWS fail like those to any other host.
#[test]
fn requests_to_aws_fail_too() {
    let cloud = kim_tests::Cloud::start();
    let project = Project::small(&cloud.account());
    let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0Kq9D0sbB1ZC0Zc2b0lYc4g1cO0Hf8H1m1T3xq7b1v";
    project.write(
        "key.toml",
        &format!(
            "[kinds.\"aws:ec2:KeyPair\"]\ncreate = {{ name = \"key\", public_key = \"{key}\" }}\n\
             [lookups.\"aws:ec2:availability_zones\"]\n"
        ),
    );
    let ec2 = plugin("ec2").display().to_string();
    let output = project
        .kim(&["plugin", "test", &ec2, "--yes", "--samples", "key.toml", "--json"])
        .succeeds();
    let checks = output.events().into_iter().filter(|event| event["result"] == "passed");
    let checks: Vec<String> =
        checks.filter_map(|check| Some(check["check"].as_str()?.to_owned())).collect();
    assert_snapshot!(checks.join("\n"));
}

#[test]
fn a_plugin_has_no_name_that_kim_toml_uses() {
    let project = Project::small(&kim_tests::Cloud::start().account());
    for name in ["aws", "config", "state"] {
        project.kim(&["plugin", "new", name]).exits(2).contains(&[name, "Kim.toml uses"]);
        assert!(!project.folder().join(name).exists());
    }
}
