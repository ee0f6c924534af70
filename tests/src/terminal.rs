//! A terminal with a kim in it, and what a person sees on it.

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

/// A terminal with a program in it. Dropping it ends the program.
pub struct Terminal {
    program: Child,
    /// Our end of the terminal, to type on.
    keyboard: File,
    /// Reads what the program writes, as a terminal does, whether or not anybody looks.
    reader: Option<JoinHandle<()>>,
    /// Gone: the reader lets go of the terminal.
    reads: Option<UnixStream>,
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
    /// Starts a command in a terminal of that many columns and lines.
    pub(crate) fn around(mut command: Command, (columns, lines): (u16, u16)) -> Terminal {
        let size = Winsize { ws_row: lines, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        let ends = openpty(&size, None).expect("the system has a terminal left");
        // Copies are not inherited, as these two would be: whoever has one keeps the terminal open.
        let copy = |end: &OwnedFd| end.try_clone().expect("a descriptor is left");
        let (ours, theirs) = (copy(&ends.master), copy(&ends.slave));
        drop(ends);
        if !command.get_envs().any(|(name, value)| name == "TERM" && value.is_some()) {
            command.env("TERM", "xterm");
        }
        command.stdin(copy(&theirs)).stdout(copy(&theirs)).stderr(theirs);
        // SAFETY: between fork and exec it makes two system calls, and nothing else.
        unsafe { command.pre_exec(takes_its_terminal) };
        let program = command.spawn().unwrap_or_else(|error| panic!("kim does not start: {error}"));
        // With it goes the last copy of the other end that is ours.
        drop(command);
        let (reads, until) = UnixStream::pair().expect("a descriptor is left");
        let (says, output) = channel();
        let terminal = File::from(copy(&ours));
        let reader = std::thread::spawn(move || read(terminal, &until, &says));
        let size = |number: u16| number.try_into().expect("a terminal has columns and lines");
        let screen = vt100::Parser::new(size(lines), size(columns), 10_000);
        Terminal {
            program,
            keyboard: File::from(ours),
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
                Err(_) => panic!("it never shows {text:?}, but:\n{}", self.screen.screen().contents()),
            }
        }
    }

    /// Types something.
    pub fn types(&mut self, text: &str) {
        self.keyboard.write_all(text.as_bytes()).expect("the terminal is open");
    }

    /// Closes the terminal, as when its window is closed, and awaits the end of the program. What was on the screen by
    /// then is all that anybody saw.
    pub fn closes(mut self) -> Ended {
        self.reads = None;
        self.reader.take().map(JoinHandle::join);
        // The last descriptor of our end: the system tells the program.
        self.keyboard = File::open("/dev/null").expect("it is everywhere");
        self.end()
    }

    /// Awaits the end of the program.
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

/// In the new process: it leads a session of its own, whose terminal is its standard input.
fn takes_its_terminal() -> std::io::Result<()> {
    nix::unistd::setsid()?;
    // SAFETY: it takes a number and touches no memory.
    let taken = unsafe { nix::libc::ioctl(0, nix::libc::TIOCSCTTY as _, 0) };
    Ok(nix::errno::Errno::result(taken).map(drop)?)
}

/// Reads a terminal until nobody has its other end, or `until` is closed.
fn read(mut terminal: File, until: &UnixStream, says: &Sender<Vec<u8>>) {
    let mut bytes = [0; 4096];
    loop {
        let mut ends = [&terminal as &dyn AsFd, until].map(|end| PollFd::new(end.as_fd(), PollFlags::POLLIN));
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
        // It is ours; after its end there is nothing to do.
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}
