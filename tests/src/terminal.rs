//! A terminal in which kim runs, and the screen that a person sees.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::pty::{Winsize, openpty};

/// A terminal in which a program runs. Dropping it ends the program.
pub struct Terminal {
    program: Child,
    /// The end of the terminal to type on.
    keyboard: File,
    /// The thread that reads what the program writes.
    reader: Option<JoinHandle<()>>,
    /// Dropping it ends the reader.
    reads: Option<UnixStream>,
    output: Receiver<Vec<u8>>,
    screen: vt100::Parser,
    /// The whole output, with control sequences.
    written: Vec<u8>,
}

/// The result of a program in a terminal.
pub struct Ended {
    /// The exit code; `None` if a signal ended it.
    pub code: Option<i32>,
    /// The text of the terminal, with the lines that were scrolled out.
    pub screen: String,
    /// The whole output, with control sequences.
    pub written: String,
}

impl Terminal {
    /// Starts a command in a terminal of that many columns and lines.
    pub(crate) fn around(mut command: Command, (columns, lines): (u16, u16)) -> Terminal {
        let size = Winsize { ws_row: lines, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        let ends = openpty(&size, None).expect("the system has a terminal left");
        // The copies are not inherited, unlike these two. A process that has one keeps the terminal
        // open.
        let copy = |end: &OwnedFd| end.try_clone().expect("a descriptor is left");
        let (master, slave) = (copy(&ends.master), copy(&ends.slave));
        drop(ends);
        if !command.get_envs().any(|(name, value)| name == "TERM" && value.is_some()) {
            command.env("TERM", "xterm");
        }
        command.stdin(copy(&slave)).stdout(copy(&slave)).stderr(slave);
        // SAFETY: between fork and exec it makes two system calls, and nothing else.
        unsafe { command.pre_exec(takes_its_terminal) };
        let program = command.spawn().unwrap_or_else(|error| panic!("kim does not start: {error}"));
        // Drops this process's last copy of the other end.
        drop(command);
        let (reads, until) = UnixStream::pair().expect("a descriptor is left");
        let (says, output) = channel();
        let terminal = File::from(copy(&master));
        let reader = std::thread::spawn(move || read(terminal, &until, &says));
        let size = |number: u16| number.try_into().expect("a terminal has columns and lines");
        let screen = vt100::Parser::new(size(lines), size(columns), 10_000);
        Terminal {
            program,
            keyboard: File::from(master),
            reader: Some(reader),
            reads: Some(reads),
            output,
            screen,
            written: Vec::new(),
        }
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
                Err(_) => {
                    panic!("it never shows {text:?}, but:\n{}", self.screen.screen().contents())
                }
            }
        }
    }

    /// Types a text.
    pub fn types(&mut self, text: &str) {
        self.keyboard.write_all(text.as_bytes()).expect("the terminal is open");
    }

    /// Closes the terminal and waits for the end of the program.
    ///
    /// The program sees what it sees when a window is closed. The screen is that of the moment of
    /// closing.
    pub fn closes(mut self) -> Ended {
        self.reads = None;
        self.reader.take().map(JoinHandle::join);
        // The last descriptor of this end: the system signals the program.
        self.keyboard = File::open("/dev/null").expect("it is everywhere");
        self.end()
    }

    /// Waits for the end of the program.
    pub fn end(mut self) -> Ended {
        while let Ok(bytes) = self.output.recv() {
            self.write(&bytes);
        }
        let code = self.program.wait().expect("it is awaited once").code();
        let screen = self.whole();
        Ended { code, screen, written: String::from_utf8_lossy(&self.written).into_owned() }
    }

    fn write(&mut self, bytes: &[u8]) {
        self.written.extend_from_slice(bytes);
        self.screen.process(bytes);
    }

    /// Returns the lines that were scrolled out, and the screen.
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

/// Makes the new process lead a session with its stdin as the terminal.
fn takes_its_terminal() -> std::io::Result<()> {
    nix::unistd::setsid()?;
    // SAFETY: it takes a number and touches no memory.
    let result = unsafe { nix::libc::ioctl(0, nix::libc::TIOCSCTTY as _, 0) };
    Ok(nix::errno::Errno::result(result).map(drop)?)
}

/// Reads a terminal until its other end or `until` is closed.
fn read(mut terminal: File, until: &UnixStream, says: &Sender<Vec<u8>>) {
    let mut bytes = [0; 4096];
    loop {
        let mut ends =
            [&terminal as &dyn AsFd, until].map(|end| PollFd::new(end.as_fd(), PollFlags::POLLIN));
        let woken = poll(&mut ends, PollTimeout::NONE);
        if woken.is_err() || ends[1].any() == Some(true) {
            return;
        }
        match terminal.read(&mut bytes) {
            Ok(read @ 1..) if says.send(bytes[..read].to_vec()).is_ok() => {}
            _ => return,
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // This process started it. After its end this has no effect.
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}
