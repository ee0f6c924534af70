//! A server on loopback that answers as a test says and keeps the requests that arrived.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufStream};
use tokio::net::{TcpListener, TcpStream};

/// A request as it arrived.
#[derive(Clone, Debug)]
pub(super) struct Arrived {
    pub(super) line: String,
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: String,
}

/// What the server does with a request.
pub(super) enum Reaction {
    Answer(u16, &'static str),
    /// Answers with a body that its `content-type` calls HTML.
    Page(&'static str),
    /// Answers with this `Date`, a status and a body.
    Dated(String, u16, &'static str),
    Redirect(String),
    /// Reads the request and never answers.
    Hang,
    /// Reads the request and closes the connection.
    Close,
}

/// A running server. It stops when this is dropped.
pub(super) struct Server {
    pub(super) url: String,
    arrived: Arc<Mutex<Vec<Arrived>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

type React = dyn Fn(usize, &Arrived) -> Reaction + Send + Sync;

impl Server {
    /// Starts a server. `react` receives the number of the request, from 0.
    pub(super) async fn start(
        react: impl Fn(usize, &Arrived) -> Reaction + Send + Sync + 'static,
    ) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let arrived: Arc<Mutex<Vec<Arrived>>> = Arc::default();
        let (seen, react): (_, Arc<React>) = (arrived.clone(), Arc::new(react));
        let task = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(serve(stream, seen.clone(), react.clone()));
            }
        });
        Server { url, arrived, task }
    }

    pub(super) fn arrived(&self) -> Vec<Arrived> {
        self.arrived.lock().unwrap().clone()
    }

    pub(super) fn host(&self) -> String {
        self.url.trim_start_matches("http://").to_owned()
    }
}

async fn serve(stream: TcpStream, seen: Arc<Mutex<Vec<Arrived>>>, react: Arc<React>) {
    let mut stream = BufStream::new(stream);
    while let Some(arrived) = read(&mut stream).await {
        let number = {
            let mut seen = seen.lock().unwrap();
            seen.push(arrived.clone());
            seen.len() - 1
        };
        let (status, extra, body) = match react(number, &arrived) {
            Reaction::Answer(status, body) => (status, String::new(), body),
            Reaction::Page(body) => (200, "content-type: text/html\r\n".to_owned(), body),
            Reaction::Dated(date, status, body) => (status, format!("date: {date}\r\n"), body),
            Reaction::Redirect(to) => (302, format!("location: {to}\r\n"), ""),
            Reaction::Hang => return std::future::pending().await,
            Reaction::Close => return,
        };
        let head = format!(
            "HTTP/1.1 {status} Status\r\ncontent-length: {}\r\n{extra}\r\n{body}",
            body.len()
        );
        if stream.write_all(head.as_bytes()).await.is_err() || stream.flush().await.is_err() {
            return;
        }
    }
}

async fn read(stream: &mut BufStream<TcpStream>) -> Option<Arrived> {
    let mut line = String::new();
    stream.read_line(&mut line).await.ok().filter(|read| *read > 0)?;
    let mut headers = BTreeMap::new();
    loop {
        let mut header = String::new();
        stream.read_line(&mut header).await.ok()?;
        let Some((name, value)) = header.trim_end().split_once(": ") else { break };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some(Arrived {
        line: line.trim_end().to_owned(),
        headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    })
}
