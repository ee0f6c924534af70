//! What a hostile act is: who does what, what is promised, and what kim has to say.

use crate::stage::Stage;
use crate::watch::Seen;

/// Who acts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum By {
    /// A program.
    Program,
    /// A plugin.
    Plugin,
    /// A project: its files, and the folders around it.
    Project,
}

/// How an act is played.
#[derive(Clone, Copy)]
pub enum Play {
    /// `tests/programs/hostile` does this.
    Program(&'static str),
    /// `tests/programs/hostile-plugin` does this, under a program that declares things.
    Plugin(&'static str),
    /// The plugin has this schema.
    Schema(&'static str),
    /// The stage is set, and the returned command of kim is run.
    Set(fn(&mut Stage) -> Vec<&'static str>),
}

/// What is promised. `PROMISES` has the sentence of each.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum Promise {
    Time,
    Memory,
    Declarations,
    Values,
    Evaluation,
    Answers,
    Fit,
    Schemas,
    Names,
    Polls,
    Words,
    Terminal,
    Secrets,
    Reach,
    Granted,
    Requests,
    Network,
    Components,
    Locked,
    Folders,
    Projects,
    Interrupts,
}

/// Every promise, with its sentence in `docs/sandbox.md`.
pub const PROMISES: [(Promise, &str); 22] = [
    (Promise::Time, "A guest that computes or waits for too long is stopped"),
    (Promise::Memory, "A guest that takes too much memory, or calls too deeply, is stopped"),
    (Promise::Declarations, "What a program declares is bounded, and refers only to what is there"),
    (Promise::Values, "A value that is malformed or too large is refused"),
    (Promise::Evaluation, "What a program's expressions come to is bounded"),
    (Promise::Answers, "What a plugin's answers hold is bounded, for one answer and for a run"),
    (Promise::Fit, "An answer that does not fit the schema or the call is refused"),
    (Promise::Schemas, "A schema is bounded, and one that does not make sense is refused"),
    (
        Promise::Names,
        "A name, a kind, a path and an id is short, and means nothing to a file system",
    ),
    (Promise::Polls, "A plugin does not make kim poll without a pause"),
    (Promise::Words, "What a guest says is cut"),
    (Promise::Terminal, "What a guest or a project says does not reach the terminal as a command"),
    (Promise::Secrets, "A secret is not shown, and not kept in clear"),
    (Promise::Reach, "A guest reaches no file, process, socket, variable or clock"),
    (Promise::Granted, "A request goes only where the schema asks to and the project grants it"),
    (
        Promise::Requests,
        "A request stays below its endpoint, with a usual method, signed by the host",
    ),
    (Promise::Network, "An answer from the network is bounded in size and time"),
    (Promise::Components, "What is no component of this contract is refused, in bounded time"),
    (Promise::Locked, "A plugin is the one that is installed and locked"),
    (Promise::Folders, "kim reads no device, follows no link out, and trusts no folder of others"),
    (Promise::Projects, "A project does not take what belongs to the person who runs it"),
    (Promise::Interrupts, "An interrupt ends a run, whatever a guest does"),
];

/// A hostile act.
#[derive(Clone)]
pub struct Act {
    /// Its name, unique among those of the same side.
    pub name: &'static str,
    /// Who does it.
    pub by: By,
    /// What it tries.
    pub tries: Promise,
    /// How it is played.
    pub play: Play,
    /// How often it is done, if that is a matter of degree.
    pub times: u32,
    /// The command of kim.
    pub command: &'static [&'static str],
    /// The limits in `Kim.toml`, if not the defaults.
    pub limits: &'static str,
    /// The exit code: 1 if kim has to refuse it, 0 if it has to come to nothing; `None`: either.
    pub code: Option<i32>,
    /// What kim has to say.
    pub says: &'static [&'static str],
    /// What must be neither said nor kept.
    pub never: &'static [&'static str],
    /// How many interrupts it gets.
    pub interrupts: u32,
    /// True if it takes more than seconds.
    pub is_slow: bool,
    /// Returns what else is wrong.
    pub also: fn(&Stage, &Seen) -> Option<String>,
}

const UP: &[&str] = &["up", "--yes"];

impl Act {
    const fn new(by: By, name: &'static str, tries: Promise, play: Play) -> Act {
        Act {
            name,
            by,
            tries,
            play,
            times: 1,
            command: UP,
            limits: "",
            code: Some(1),
            says: &[],
            never: &[],
            interrupts: 0,
            is_slow: false,
            also: |_, _| None,
        }
    }

    /// Returns an act of the program, which has the act's name.
    pub const fn program(name: &'static str, tries: Promise) -> Act {
        Act::new(By::Program, name, tries, Play::Program(name))
    }

    /// Returns an act of the plugin, which has the act's name.
    pub const fn plugin(name: &'static str, tries: Promise) -> Act {
        Act::new(By::Plugin, name, tries, Play::Plugin(name))
    }

    /// Returns an act of the plugin's schema, which has the act's name.
    pub const fn schema(name: &'static str, tries: Promise) -> Act {
        Act::new(By::Plugin, name, tries, Play::Schema(name))
    }

    /// Returns an act of the project.
    pub const fn project(
        name: &'static str,
        tries: Promise,
        set: fn(&mut Stage) -> Vec<&'static str>,
    ) -> Act {
        Act::new(By::Project, name, tries, Play::Set(set))
    }

    /// Sets what kim has to say.
    pub const fn says(self, says: &'static [&'static str]) -> Act {
        Act { says, ..self }
    }

    /// Sets what must be neither said nor kept.
    pub const fn never(self, never: &'static [&'static str]) -> Act {
        Act { never, ..self }
    }

    /// Sets how often it is done.
    pub const fn times(self, times: u32) -> Act {
        Act { times, ..self }
    }

    /// Sets limits of the guest.
    pub const fn limits(self, limits: &'static str) -> Act {
        Act { limits, ..self }
    }

    /// Sets the command of kim.
    pub const fn command(self, command: &'static [&'static str]) -> Act {
        Act { command, ..self }
    }

    /// Says that it comes to nothing: kim need not refuse it.
    pub const fn harmless(self) -> Act {
        Act { code: Some(0), ..self }
    }

    /// Sets another exit code.
    pub const fn exits(self, code: i32) -> Act {
        Act { code: Some(code), ..self }
    }

    /// Says that kim may refuse it, or clean it: what counts is what it says.
    pub const fn cleaned(self) -> Act {
        Act { code: None, ..self }
    }

    /// Interrupts the run.
    pub const fn interrupted(self, interrupts: u32) -> Act {
        Act { interrupts, ..self }
    }

    /// Says that it takes more than seconds.
    pub const fn slow(self) -> Act {
        Act { is_slow: true, ..self }
    }

    /// Sets what else is checked afterwards.
    pub const fn also(self, also: fn(&Stage, &Seen) -> Option<String>) -> Act {
        Act { also, ..self }
    }
}
