//! As much of an HTTP/1.1 client as tests need, strict about what it gets.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Why there is no answer, or a wrong one: what failures are counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Failure {
    /// There is no connection.
    Connect,
    /// The connection was closed where an answer should begin.
    Closed,
    /// It was reset.
    Reset,
    /// The answer ended too early.
    Truncated,
    /// Nothing came for long.
    Timeout,
    /// It is no HTTP.
    Malformed,
    /// The answer is not the expected kind.
    Status(u16),
    /// The answer is to another request.
    WrongBody,
}

/// An answer, complete.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    fields: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// A field's value; names do not care about case.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self
            .fields
            .iter()
            .find(|(field, _)| field.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// Whether the server is going to close the connection.
    pub(crate) fn closes(&self) -> bool {
        self.get("connection")
            .is_some_and(|value| value.eq_ignore_ascii_case("close"))
    }

    /// Who answered.
    pub(crate) fn worker(&self) -> String {
        self.get("x-worker")
            .expect("every answer says which worker it is from")
            .to_owned()
    }

    /// The body as text.
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("a body of text")
    }
}

/// A connection to a server.
pub(crate) struct Client {
    stream: BufReader<TcpStream>,
}

impl Client {
    /// Connects; nothing it does takes longer than `timeout`.
    pub(crate) fn connect(address: SocketAddr, timeout: Duration) -> Result<Self, Failure> {
        let stream = TcpStream::connect_timeout(&address, timeout).map_err(|_| Failure::Connect)?;
        stream.set_nodelay(true).map_err(|_| Failure::Connect)?;
        stream
            .set_read_timeout(Some(timeout))
            .expect("a timeout above zero");
        stream
            .set_write_timeout(Some(timeout))
            .expect("a timeout above zero");
        Ok(Self {
            stream: BufReader::new(stream),
        })
    }

    /// Connects, patiently.
    pub(crate) fn to(address: SocketAddr) -> Self {
        Self::connect(address, super::wait::PATIENCE).expect("a connection")
    }

    /// `GET path`.
    pub(crate) fn get(&mut self, path: &str) -> Result<Answer, Failure> {
        self.send(format!("GET {path} HTTP/1.1\r\nHost: test\r\n\r\n").as_bytes())?;
        self.receive()
    }

    /// `POST path` with a body.
    pub(crate) fn post(&mut self, path: &str, body: &[u8]) -> Result<Answer, Failure> {
        let mut request = format!(
            "POST {path} HTTP/1.1\r\nHost: test\r\nContent-Length: {}\r\n\r\n",
            body.len()
        )
        .into_bytes();
        request.extend(body);
        self.send(&request)?;
        self.receive()
    }

    /// Bytes as they are.
    pub(crate) fn send(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.stream
            .get_ref()
            .write_all(bytes)
            .map_err(|error| failure(&error, Failure::Closed))
    }

    /// The next answer to anything but HEAD.
    pub(crate) fn receive(&mut self) -> Result<Answer, Failure> {
        let (status, fields) = self.head()?;
        let mut answer = Answer {
            status,
            fields,
            body: Vec::new(),
        };
        answer.body = self.body(&answer)?;
        Ok(answer)
    }

    /// Whether the server has closed its side, having sent nothing more. Waits for that.
    pub(crate) fn is_closed(&mut self) -> bool {
        matches!(self.stream.read(&mut [0]), Ok(0))
    }

    fn head(&mut self) -> Result<(u16, Vec<(String, String)>), Failure> {
        let line = self.line(Failure::Closed)?;
        let status = line
            .strip_prefix("HTTP/1.1 ")
            .and_then(|rest| rest.get(..3)?.parse().ok())
            .ok_or(Failure::Malformed)?;
        let mut fields = Vec::new();
        loop {
            let line = self.line(Failure::Truncated)?;
            if line.is_empty() {
                return Ok((status, fields));
            }
            let (name, value) = line.split_once(':').ok_or(Failure::Malformed)?;
            fields.push((name.to_owned(), value.trim().to_owned()));
        }
    }

    fn body(&mut self, answer: &Answer) -> Result<Vec<u8>, Failure> {
        if matches!(answer.status, 204 | 304) {
            return Ok(Vec::new());
        }
        if answer
            .get("transfer-encoding")
            .is_some_and(|coding| coding == "chunked")
        {
            return self.chunks();
        }
        match answer.get("content-length") {
            Some(length) => self.exactly(length.parse().map_err(|_| Failure::Malformed)?),
            None => self.rest(),
        }
    }

    fn chunks(&mut self) -> Result<Vec<u8>, Failure> {
        let mut body = Vec::new();
        loop {
            let size = self.line(Failure::Truncated)?;
            let size = usize::from_str_radix(&size, 16).map_err(|_| Failure::Malformed)?;
            body.extend(self.exactly(size)?);
            if !self.line(Failure::Truncated)?.is_empty() {
                return Err(Failure::Malformed);
            }
            if size == 0 {
                return Ok(body);
            }
        }
    }

    fn exactly(&mut self, length: usize) -> Result<Vec<u8>, Failure> {
        let mut body = vec![0; length];
        self.stream
            .read_exact(&mut body)
            .map_err(|error| failure(&error, Failure::Truncated))?;
        Ok(body)
    }

    fn rest(&mut self) -> Result<Vec<u8>, Failure> {
        let mut body = Vec::new();
        self.stream
            .read_to_end(&mut body)
            .map_err(|error| failure(&error, Failure::Truncated))?;
        Ok(body)
    }

    fn line(&mut self, at_end: Failure) -> Result<String, Failure> {
        let mut line = String::new();
        self.stream
            .read_line(&mut line)
            .map_err(|error| failure(&error, at_end))?;
        match line.strip_suffix("\r\n") {
            Some(line) => Ok(line.to_owned()),
            None if line.is_empty() => Err(at_end),
            None => Err(Failure::Truncated),
        }
    }
}

/// A failure of the socket as one that is counted.
fn failure(error: &std::io::Error, at_end: Failure) -> Failure {
    match error.kind() {
        ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => Failure::Reset,
        ErrorKind::WouldBlock | ErrorKind::TimedOut => Failure::Timeout,
        ErrorKind::InvalidData => Failure::Malformed,
        _ => at_end,
    }
}

/// One request over a connection of its own.
pub(crate) fn get(address: SocketAddr, path: &str) -> Result<Answer, Failure> {
    Client::connect(address, super::wait::PATIENCE)?.get(path)
}
