//! The guides: each is followed word for word, from an empty folder; a line that is not true fails
//! the test.

use kim_tests::{Guide, root};

/// Follows a guide of `docs/guides`; with `KIM_BLESS=1`, writes what was printed into it.
#[track_caller]
fn follow(name: &str) {
    let file = root().join("docs/guides").join(name);
    let text = std::fs::read_to_string(&file)
        .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let guide = Guide::of(&format!("docs/guides/{name}"), &text);
    if std::env::var_os("KIM_BLESS").is_some() {
        let blessed = guide.with_actual_output().unwrap_or_else(|why| panic!("{why}"));
        std::fs::write(&file, blessed)
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    } else if let Err(why) = guide.follow() {
        panic!("{why}\n\nKIM_BLESS=1 writes what is printed into the guide");
    }
}

#[test]
fn writing_a_plugin() {
    follow("plugin.md");
}

/// Returns a guide of one block of commands.
fn console(lines: &str) -> Guide {
    Guide::of("a guide", &format!("# A guide\n\n```console\n{lines}```\n"))
}

/// Returns why a guide of these commands is not true.
#[track_caller]
fn refused(lines: &str) -> String {
    match console(lines).follow() {
        Ok(()) => panic!("it was taken for true:\n{lines}"),
        Err(why) => why,
    }
}

#[test]
fn a_true_guide_is_true() {
    let text = "```toml file=there/a.toml\nx = 1\n```\n\n```text\nprose\n```\n\n```console\n\
        $ cd there && export A=b\n$ cat a.toml\nx = 1\n$ echo $A; echo to stderr >&2\nb\nto stderr\n\
        $ echo one; \\\n  echo two\none\ntwo\n$ seq 9\n1\n...\n8\n9\n$ echo took 1.3 s, all in all\ntook … s, …\n\
        $ printf no-newline\nno-newline\n$ false   # exit code 1\n$ cat\n$ ls ~\n```\n";
    Guide::of("a guide", text).follow().expect("it is true");
}

#[test]
fn an_output_that_differs_is_shown_with_its_line() {
    let told = refused("$ printf 'a\\nb\\nc\\n'\na\nx\n...\n");
    assert_eq!(
        told,
        "a guide:4: $ printf 'a\\nb\\nc\\n'\nwhat it prints differs (- the guide, + what it printed):\n  a\n- x\n  ...\n"
    );
    let told = refused("$ seq 3\n1\n3\n");
    assert!(told.ends_with("  1\n+ 2\n  3\n"), "{told}");
    assert!(refused("$ echo took long\ntook … s\n").contains("- took … s\n+ took long\n"));
    assert!(refused("$ echo anything\n").ends_with("+ anything\n"));
}

#[test]
fn a_command_with_another_exit_code_is_not_true() {
    assert!(
        refused("$ echo why >&2; false\n...\n").contains("exit code 1, not 0; it printed:\nwhy\n")
    );
    assert!(refused("$ true   # exit code 3\n").contains("exit code 0, not 3"));
    assert!(refused("$ sleep 600 & exit 0\n").contains("ended the shell"));
}

#[test]
fn blessing_writes_the_printed_output_into_the_guide() {
    let guide = console("$ seq 5\n1\n...\nfour\n5\n$ pwd\n$ echo a 12 b\na … b\n");
    let blessed = guide.with_actual_output().expect("no command fails");
    assert_eq!(
        blessed,
        "# A guide\n\n```console\n$ seq 5\n1\n...\n5\n$ pwd\n…\n$ echo a 12 b\na … b\n```\n"
    );
    Guide::of("blessed", &blessed).follow().expect("it is true now");
}

#[test]
fn writing_a_deployment_program() {
    follow("program.md");
}
