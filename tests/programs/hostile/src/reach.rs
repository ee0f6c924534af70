//! Acts that want out of the sandbox. What succeeds is an error that says "reached".

use std::io::Read as _;
use std::net::{TcpListener, TcpStream, ToSocketAddrs as _, UdpSocket};

/// Returns false if there is no such act here.
pub(crate) fn act(does: &str) -> Result<bool, String> {
    let reached = match does {
        "read a file" => std::fs::read("/etc/passwd").map(drop).map_err(|error| error.to_string()),
        "read its own folder" => std::fs::read_dir(".").map(drop).map_err(|error| error.to_string()),
        "write a file" => std::fs::write("/tmp/kim-was-here", "x").map_err(|error| error.to_string()),
        "connect" => TcpStream::connect("127.0.0.1:80").map(drop).map_err(|error| error.to_string()),
        "listen" => TcpListener::bind("127.0.0.1:0").map(drop).map_err(|error| error.to_string()),
        "send a datagram" => UdpSocket::bind("127.0.0.1:0").map(drop).map_err(|error| error.to_string()),
        "resolve a name" => "example.com:80".to_socket_addrs().map(drop).map_err(|error| error.to_string()),
        "start a process" => std::process::Command::new("sh").spawn().map(drop).map_err(|error| error.to_string()),
        "start a thread" => {
            let thread = std::thread::Builder::new().spawn(|| {});
            thread.map(drop).map_err(|error| error.to_string())
        }
        "environment" => nothing("variable", std::env::vars().next()),
        "arguments" => nothing("argument", std::env::args().nth(1)),
        "stdin" => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text).map_err(|error| error.to_string())?;
            nothing("input", Some(text).filter(|text| !text.is_empty()))
        }
        "clock" => {
            let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
            nothing("time", now.ok().filter(|now| now.as_secs() > 0))
        }
        _ => return Ok(false),
    };
    match reached {
        Ok(()) => Err(format!("reached: {does}")),
        Err(why) => Err(format!("out of reach: {does}: {why}")),
    }
}

fn nothing<T: std::fmt::Debug>(what: &str, found: Option<T>) -> Result<(), String> {
    match found {
        Some(_) => Ok(()),
        None => Err(format!("there is no {what}")),
    }
}
