//! What the environment decides: colours, signs, the user and the folder of kim's sources. No
//! process is started.

use kim_cli::args::{ColorWhen, Global};
use kim_cli::context::Context;
use kim_cli::environment::Environment;
use kim_cli::load::sdk::Sdk;
use kim_cli::screen::{Look, glyphs};

fn of(variables: &[(&str, &str)]) -> Environment {
    variables.iter().copied().collect()
}

#[test]
fn the_first_locale_that_is_set_decides_whether_to_draw_in_ascii() {
    let ascii = |variables: &[(&str, &str)]| glyphs::is_ascii_locale(&of(variables));
    assert!(!ascii(&[]));
    assert!(!ascii(&[("LANG", "en_US.UTF-8")]));
    assert!(!ascii(&[("LC_ALL", "de_DE.utf8"), ("LANG", "C")]));
    assert!(ascii(&[("LC_ALL", "C"), ("LANG", "en_US.UTF-8")]));
    assert!(ascii(&[("LC_ALL", ""), ("LC_CTYPE", "POSIX")]));
}

#[test]
fn the_flag_decides_on_colours_before_the_environment() {
    let colors =
        |when: ColorWhen, variables: &[(&str, &str)]| Look::for_stdout(when, &of(variables)).colors;
    assert!(colors(ColorWhen::Always, &[("NO_COLOR", "1"), ("TERM", "dumb")]));
    assert!(!colors(ColorWhen::Auto, &[("NO_COLOR", "1")]));
    assert!(!colors(ColorWhen::Auto, &[("TERM", "dumb")]));
    assert!(!colors(ColorWhen::Never, &[]));
}

#[test]
fn the_user_is_the_first_that_is_named() {
    let user = |variables: &[(&str, &str)]| {
        let global = Global {
            stack: None,
            cwd: None,
            state: None,
            locked: false,
            update: false,
            trust_project: false,
            color: ColorWhen::Never,
        };
        Context::new(&global, of(variables)).user_at_host()
    };
    assert_eq!(user(&[("USER", "ada"), ("LOGNAME", "root"), ("HOSTNAME", "desk")]), "ada@desk");
    assert_eq!(user(&[("USER", ""), ("LOGNAME", "ada"), ("HOSTNAME", "desk")]), "ada@desk");
    assert!(user(&[]).starts_with("somebody@"));
}

#[test]
fn a_variable_names_the_sources_unless_it_is_empty() {
    let find = |value: &str| Sdk::find(None, &of(&[("KIM_SDK", value)]));
    let error = find("/nowhere").expect_err("there are no sources").to_string();
    assert!(error.contains("KIM_SDK names /nowhere"), "{error}");
    assert!(find("").is_ok(), "the sources of this binary are there");
}
