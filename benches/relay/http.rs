//! As much HTTP/1.1 as a loop over sockets needs: one message read, one written.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

/// What a connection runs over: a socket, or TLS on one.
pub trait Stream: Read + Write + Send {}

impl<T: Read + Write + Send> Stream for T {}

/// An open connection.
pub struct Connection(BufReader<Box<dyn Stream>>);

/// A request or an answer: its first line, and its body.
pub struct Message {
    pub line: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Message {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

impl Connection {
    pub fn over(stream: TcpStream) -> Connection {
        stream.set_nodelay(true).unwrap();
        Connection::over_stream(Box::new(stream))
    }

    pub fn over_stream(stream: Box<dyn Stream>) -> Connection {
        Connection(BufReader::new(stream))
    }

    /// Reads one message; nothing where the other side is done.
    pub fn read(&mut self) -> Option<Message> {
        let line = self.line()?;
        let headers: Vec<_> = std::iter::from_fn(|| {
            let line = self.line()?;
            line.split_once(':')
                .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        })
        .collect();
        let mut message = Message {
            line,
            headers,
            body: Vec::new(),
        };
        match message
            .header("content-length")
            .and_then(|length| length.parse().ok())
        {
            Some(length) => {
                message.body.resize(length, 0);
                self.0.read_exact(&mut message.body).ok()?;
            }
            None => assert_eq!(
                message.header("transfer-encoding"),
                None,
                "every contender says how long its messages are"
            ),
        }
        Some(message)
    }

    /// Writes one message in one packet.
    pub fn write(&mut self, line: &str, headers: &str, body: &[u8]) -> std::io::Result<()> {
        let mut bytes =
            format!("{line}\r\n{headers}content-length: {}\r\n\r\n", body.len()).into_bytes();
        bytes.extend_from_slice(body);
        self.0.get_mut().write_all(&bytes)?;
        self.0.get_mut().flush()
    }

    fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        self.0
            .read_line(&mut line)
            .ok()
            .filter(|length| *length > 0)?;
        Some(line.trim_end().to_owned())
    }
}
