//! A server on loopback, in threads.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use crate::http::{Connection, Message};

/// Answers on a free port, each connection in a thread of its own.
pub fn serve(
    answer: impl Fn(Message, &mut Connection) -> std::io::Result<()> + Send + Sync + 'static,
) -> SocketAddr {
    serve_over(Connection::over, answer)
}

/// As [`serve`], over the connection that `accept` makes of each socket.
pub fn serve_over(
    accept: impl Fn(TcpStream) -> Connection + Send + Sync + 'static,
    answer: impl Fn(Message, &mut Connection) -> std::io::Result<()> + Send + Sync + 'static,
) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (accept, answer) = (Arc::new(accept), Arc::new(answer));
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (accept, answer) = (Arc::clone(&accept), Arc::clone(&answer));
            thread::spawn(move || {
                let mut connection = accept(stream.unwrap());
                while let Some(request) = connection.read() {
                    if answer(request, &mut connection).is_err() {
                        break;
                    }
                }
            });
        }
    });
    address
}
