//! A terminal around a kim, as script(1) of util-linux makes one, and what a person sees on it.

use std::io::{Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// A terminal with a program in it. Dropping it closes it.
pub struct Terminal {
    script: Child,
    keyboard: Option<ChildStdin>,
    output: Receiver<Vec<u8>>,
    screen: vt100::Parser,
    /// Everything that was written, with whatever steers the terminal.
    written: Vec<u8>,
}

/// How a program in a terminal ended.
pub struct Ended {
    /// Its exit code.
    pub code: Option<i32>,
    /// What the terminal shows, with what has left it at the top.
    pub screen: String,
    /// Everything that was written, with whatever steers a terminal.
    pub written: String,
}

impl Terminal {
    /// Starts a command in a terminal of that many columns and lines; `None` (and a note) on a machine without script(1)
    /// of util-linux.
    pub(crate) fn around(command: &Command, (columns, lines): (u16, u16)) -> Option<Terminal> {
        let version = Command::new("script").arg("--version").stderr(Stdio::null()).output();
        if !version.is_ok_and(|version| String::from_utf8_lossy(&version.stdout).contains("util-linux")) {
            eprintln!("left out: there is no script(1) of util-linux to make a terminal with");
            return None;
        }
        let words = std::iter::once(command.get_program()).chain(command.get_args());
        let quoted: Vec<String> =
            words.map(|word| format!("'{}'", word.to_string_lossy().replace('\'', r"'\''"))).collect();
        let line = format!("stty cols {columns} rows {lines}; exec {}", quoted.join(" "));
        let mut script = Command::new("script");
        script.args(["--quiet", "--flush", "--return", "--command", &line, "/dev/null"]);
        script.env("SHELL", "/bin/sh").env("TERM", "xterm");
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => script.env(name, value),
                None => script.env_remove(name),
            };
        }
        command.get_current_dir().iter().for_each(|folder| {
            script.current_dir(folder);
        });
        let mut script =
            script.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("script starts a second time");
        let (keyboard, mut stdout) = (script.stdin.take(), script.stdout.take().expect("asked for"));
        let (says, output) = channel();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(read @ 1..) = stdout.read(&mut bytes) {
                if says.send(bytes[..read].to_vec()).is_err() {
                    break;
                }
            }
        });
        let size = |number: u16| number.try_into().expect("a terminal has columns and lines");
        let screen = vt100::Parser::new(size(lines), size(columns), 10_000);
        Some(Terminal { script, keyboard, output, screen, written: Vec::new() })
    }

    /// Waits until the screen shows a text.
    ///
    /// # Panics
    /// The program ends without, or says nothing for two minutes.
    #[track_caller]
    pub fn until(&mut self, text: &str) {
        while !self.screen.screen().contents().contains(text) {
            match self.output.recv_timeout(Duration::from_secs(120)) {
                Ok(bytes) => self.write(&bytes),
                Err(_) => panic!("it never shows {text:?}, but:\n{}", self.screen.screen().contents()),
            }
        }
    }

    /// Types something.
    pub fn types(&mut self, text: &str) {
        let keyboard = self.keyboard.as_mut().expect("it is open");
        keyboard.write_all(text.as_bytes()).and_then(|()| keyboard.flush()).expect("script reads");
    }

    /// Closes the terminal, as when its window is closed.
    pub fn closes(mut self) {
        // It is ours. The other end of the terminal goes with it.
        let _ = self.script.kill();
        let _ = self.script.wait();
    }

    /// Awaits the end of the program.
    pub fn end(mut self) -> Ended {
        while let Ok(bytes) = self.output.recv() {
            self.write(&bytes);
        }
        self.keyboard = None;
        let code = self.script.wait().expect("it is awaited once").code();
        let screen = self.whole();
        Ended { code, screen, written: String::from_utf8_lossy(&self.written).into_owned() }
    }

    fn write(&mut self, bytes: &[u8]) {
        self.written.extend_from_slice(bytes);
        self.screen.process(bytes);
    }

    /// What has left the screen at its top, and the screen.
    fn whole(&mut self) -> String {
        let screen = self.screen.screen_mut();
        let (lines, _) = screen.size();
        screen.set_scrollback(usize::MAX);
        let mut above = screen.scrollback();
        let mut rows = Vec::new();
        while above > 0 {
            screen.set_scrollback(above);
            let shown = above.min(usize::from(lines.get()));
            rows.extend(screen.rows(0, u16::MAX).take(shown));
            above -= shown;
        }
        screen.set_scrollback(0);
        rows.extend(screen.rows(0, u16::MAX));
        let text: String = rows.iter().map(|row| row.trim_end().to_owned() + "\n").collect();
        text.trim_end().to_owned()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It is ours; after its end there is nothing to do.
        let _ = self.script.kill();
        let _ = self.script.wait();
    }
}
