//! A cloud on this machine that answers as an act needs it, and remembers what it was asked.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How it answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answer {
    /// With the word "served".
    Plain,
    /// With what it was sent.
    Echo,
    /// With a redirect to another host.
    Redirect,
    /// With a body that does not end.
    Endless,
    /// With some bytes a second, for ever.
    Dripping,
    /// With a length of 2⁴⁰ bytes.
    Promised,
    /// With 200,000 headers.
    Headers,
    /// With a compressed body that would be large.
    Compressed,
    /// Never.
    Never,
    /// With "too many requests".
    Throttled,
}

/// The server. It ends with the process.
pub struct Server {
    /// Where it listens.
    pub at: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Starts one.
    ///
    /// # Panics
    /// There is no free port.
    pub fn start(answer: Answer) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
        let at = listener.local_addr().expect("it is bound");
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let heard = asked.clone();
        // Both end with the process, or when the other side ends.
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let heard = heard.clone();
                std::thread::spawn(move || serve(stream, answer, &heard));
            }
        });
        Server { at, asked }
    }

    /// Returns the beginnings of the requests so far.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Answers one connection. An error ends it.
fn serve(mut stream: TcpStream, answer: Answer, heard: &Mutex<Vec<String>>) -> Option<()> {
    loop {
        let (head, body) = request(&mut stream)?;
        heard.lock().unwrap_or_else(PoisonError::into_inner).push(head.clone());
        match answer {
            Answer::Plain => reply(&mut stream, "200 OK", "", b"served")?,
            Answer::Throttled => reply(&mut stream, "429 Slow Down", "", b"slow down")?,
            Answer::Echo => reply(&mut stream, "200 OK", "", &[head.as_bytes(), &body].concat())?,
            Answer::Redirect => {
                reply(&mut stream, "302 Found", "Location: https://example.com/\r\n", b"")?;
            }
            Answer::Headers => {
                let all: String = (0..200_000).map(|n| format!("X-{n}: {n}\r\n")).collect();
                reply(&mut stream, "200 OK", &all, b"")?;
            }
            Answer::Compressed => {
                let coding = "Content-Encoding: gzip\r\n";
                reply(&mut stream, "200 OK", coding, &[31, 139, 8, 0, 0, 0, 0, 0, 0, 255])?;
            }
            Answer::Never => std::thread::sleep(Duration::from_secs(3600)),
            Answer::Endless | Answer::Promised | Answer::Dripping => flood(&mut stream, answer)?,
        }
    }
}

/// Reads a request: its head, and its body.
fn request(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).ok()?;
    Some((head, body))
}

fn reply(stream: &mut TcpStream, status: &str, headers: &str, body: &[u8]) -> Option<()> {
    let length = body.len();
    write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {length}\r\n{headers}\r\n").ok()?;
    stream.write_all(body).ok()
}

fn flood(stream: &mut TcpStream, answer: Answer) -> Option<()> {
    let length = match answer {
        Answer::Promised => "Content-Length: 1099511627776\r\n",
        _ => "",
    };
    write!(stream, "HTTP/1.1 200 OK\r\n{length}\r\n").ok()?;
    loop {
        match answer {
            Answer::Dripping => {
                stream.write_all(b"x").ok()?;
                std::thread::sleep(Duration::from_millis(200));
            }
            _ => stream.write_all(&[b'x'; 64 << 10]).ok()?,
        }
    }
}
