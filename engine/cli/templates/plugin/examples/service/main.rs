//! A small service to try the plugin with: `cargo run --example service`. It keeps its items in memory.
//!
//! `--test` is for `kim plugin test`: any port that is free, and the end of standard input is the end of the service.

mod items;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

use items::Items;

fn main() -> std::io::Result<()> {
    let test = std::env::args().any(|argument| argument == "--test");
    let address = SocketAddr::from(([127, 0, 0, 1], if test { 0 } else { 8099 }));
    let listener = TcpListener::bind(address).unwrap_or_else(|error| {
        eprintln!("cannot listen on {address}: {error}; does another service still run?");
        std::process::exit(1)
    });
    println!("listening on {}", listener.local_addr()?);
    if test {
        std::thread::spawn(|| {
            let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
            std::process::exit(0);
        });
    }
    let items = Arc::new(Mutex::new(Items::default()));
    for stream in listener.incoming().filter_map(Result::ok) {
        let items = items.clone();
        std::thread::spawn(move || {
            // One that goes away in the middle is no trouble of anybody else's.
            let _ = serve(&stream, &items);
        });
    }
    Ok(())
}

/// Answers the requests of one connection.
fn serve(stream: &TcpStream, items: &Mutex<Items>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let mut first = String::new();
        if reader.read_line(&mut first)? == 0 {
            return Ok(());
        }
        let mut length = 0;
        loop {
            let mut header = String::new();
            reader.read_line(&mut header)?;
            match header.trim_end().split_once(':') {
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    length = value.trim().parse().unwrap_or(0);
                }
                Some(_) => {}
                None => break,
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let mut words = first.split_whitespace();
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let (status, answer) = items.lock().unwrap_or_else(PoisonError::into_inner).answer(method, target, &body);
        let answer = if answer.is_null() { String::new() } else { answer.to_string() };
        let mut stream = stream;
        write!(stream, "HTTP/1.1 {status} -\r\ncontent-length: {}\r\n\r\n{answer}", answer.len())?;
    }
}
