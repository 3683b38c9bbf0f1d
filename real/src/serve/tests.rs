//! A client at one end of a pipe, the connection loop at the other.

use std::rc::Rc;

use policy::backoff;
use policy::time::Duration;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::runtime::{Builder, LocalOptions};

use super::*;
use crate::app::Application;
use crate::clock::Clock;
use crate::settings::Limits;
use crate::stats::{Layout, Page};

fn limits() -> Limits {
    let long = Duration::from_millis(60_000);
    Limits {
        head_bytes: 4096,
        headers: 20,
        body_bytes: 1 << 20,
        head_timeout: long,
        idle_timeout: long,
        stall_timeout: long,
        request_timeout: long,
        connections: 100,
        requests_per_connection: None,
    }
}

struct Server {
    context: Rc<Context>,
    application: Rc<Application>,
}

impl Server {
    fn new(limits: Limits) -> Server {
        let page = Page::alone(Layout {
            processes: 1,
            balancers: 0,
            backends: 0,
        });
        let rng = Xoshiro256PlusPlus::seed_from_u64(1);
        let gate = Gate::new(1, None, backoff::Config::default(), rng, Clock);
        Server {
            context: Context::new(limits, page.unwrap().process(0), None),
            application: Rc::new(Application::new(gate, 7, false, true)),
        }
    }

    /// The client's end of a new connection.
    fn connect(&self, room: usize) -> DuplexStream {
        let (client, server) = duplex(room);
        let (context, application) = (Rc::clone(&self.context), Rc::clone(&self.application));
        let peer = Peer {
            address: ([127, 0, 0, 1], 9).into(),
            tls: false,
        };
        tokio::task::spawn_local(async move {
            serve_connection(server, peer, &*application, &context).await;
        });
        client
    }

    /// All that is answered to `request` until the connection ends.
    async fn ask(&self, request: &[u8]) -> String {
        let mut client = self.connect(1 << 20);
        client.write_all(request).await.unwrap();
        let mut answer = Vec::new();
        client.read_to_end(&mut answer).await.unwrap();
        String::from_utf8(answer).unwrap()
    }
}

fn with_server<F: Future>(limits: Limits, test: impl FnOnce(Server) -> F) -> F::Output {
    let mut builder = Builder::new_current_thread();
    let runtime = builder.enable_all().build_local(LocalOptions::default());
    runtime.unwrap().block_on(async move {
        let server = Server::new(limits);
        let deadlines = Rc::clone(&server.context.deadlines);
        tokio::task::spawn_local(async move { deadlines.keep(Clock).await });
        test(server).await
    })
}

fn bodies(answer: &str) -> Vec<&str> {
    let answers = answer.split("HTTP/1.1 ").skip(1);
    answers
        .map(|one| one.split_once("\r\n\r\n").unwrap().1)
        .collect()
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    with_server(limits(), |server| async move {
        let answer = server
            .ask(
                b"GET / HTTP/1.1\r\nhost: a\r\n\r\n\
                  POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\nabc\
                  POST /echo HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n2\r\nde\r\n0\r\n\r\n\
                  HEAD / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n",
            )
            .await;
        assert_eq!(
            bodies(&answer),
            ["Hello, World!", "abc", "2\r\nde\r\n0\r\n\r\n", ""]
        );
        assert_eq!(answer.matches("x-worker: 7\r\n").count(), 4);
        assert_eq!(answer.matches("content-length: 13\r\n").count(), 2);
        assert_eq!(server.context.row.requests(), 4);
    });
}

#[test]
fn a_refusal_is_said_and_ends_the_connection() {
    with_server(limits(), |server| async move {
        let answer = server
            .ask(b"GET / HTTP/1.1\r\nhost : a\r\n\r\nGET / HTTP/1.1\r\nhost: a\r\n\r\n")
            .await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
        assert!(answer.contains("connection: close\r\n"), "{answer}");
        assert_eq!(bodies(&answer).len(), 1);
    });
}

#[test]
fn a_body_nobody_wants_is_read_if_it_is_short() {
    with_server(limits(), |server| async move {
        let answer = server
            .ask(b"POST /nowhere HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nabcdeGET / HTTP/1.0\r\n\r\n")
            .await;
        assert_eq!(bodies(&answer)[1], "Hello, World!");
        let mut long =
            b"POST /nowhere HTTP/1.1\r\nhost: a\r\ncontent-length: 100000\r\n\r\n".to_vec();
        long.resize(long.len() + 100_000, b'x');
        let answer = server.ask(&long).await;
        assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
        assert_eq!(bodies(&answer).len(), 1);
    });
}

#[test]
fn a_client_that_asks_first_is_told_to_go_on() {
    with_server(limits(), |server| async move {
        let mut client = server.connect(1 << 16);
        let head = b"POST /echo HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 2\r\nconnection: close\r\n\r\n";
        client.write_all(head).await.unwrap();
        let mut go_on = [0; 25];
        client.read_exact(&mut go_on).await.unwrap();
        let mut seen = go_on.to_vec();
        while !seen.ends_with(b"100 Continue\r\n\r\n") {
            seen.push(client.read_u8().await.unwrap());
        }
        client.write_all(b"ok").await.unwrap();
        let mut rest = String::new();
        client.read_to_string(&mut rest).await.unwrap();
        assert!(rest.ends_with("\r\n\r\nok"), "{rest}");
    });
}

#[test]
fn a_panic_costs_one_request() {
    with_server(limits(), |server| async move {
        let answer = server
            .ask(b"GET /panic HTTP/1.1\r\nhost: a\r\n\r\nGET / HTTP/1.1\r\nhost: a\r\n\r\n")
            .await;
        assert!(answer.starts_with("HTTP/1.1 500 "), "{answer}");
        let answer = server.ask(b"GET / HTTP/1.0\r\n\r\n").await;
        assert_eq!(bodies(&answer), ["Hello, World!"]);
    });
}

#[test]
fn who_is_too_slow_is_told() {
    let quick = Duration::from_millis(1);
    let impatient = Limits {
        head_timeout: quick,
        idle_timeout: quick,
        stall_timeout: quick,
        ..limits()
    };
    with_server(impatient, |server| async move {
        assert_eq!(server.ask(b"").await, "");
        assert!(server.ask(b"GET / HT").await.starts_with("HTTP/1.1 408 "));
        let unfinished = b"POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\na";
        let refused = server.ask(unfinished).await;
        // The echo had begun: nothing more can be said than that it ends.
        assert!(
            refused.ends_with("\r\n\r\na") || refused.is_empty(),
            "{refused}"
        );
        let unwanted = b"POST /nowhere HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\na";
        assert!(server.ask(unwanted).await.starts_with("HTTP/1.1 404 "));
        assert_eq!(
            server
                .ask(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
                .await
                .matches("Hello")
                .count(),
            1
        );
        assert_eq!(server.context.connections(), 0);
    });
}

#[test]
fn a_draining_worker_answers_once_more() {
    with_server(limits(), |server| async move {
        server.context.drain();
        let answer = server.ask(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await;
        assert!(answer.contains("connection: close\r\n"), "{answer}");
        assert_eq!(bodies(&answer), ["Hello, World!"]);
    });
}

#[test]
fn a_client_that_does_not_read_is_left() {
    let impatient = Limits {
        stall_timeout: Duration::from_millis(1),
        ..limits()
    };
    with_server(impatient, |server| async move {
        let mut client = server.connect(64);
        let request = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n";
        client.write_all(&request.repeat(40)).await.unwrap_err();
        assert_eq!(server.context.connections(), 0);
    });
}

/// It is moved when its task begins, and held for as long as there is a connection.
#[test]
fn a_connection_takes_little_room() {
    with_server(limits(), |server| async move {
        let (near, _far) = std::os::unix::net::UnixStream::pair().unwrap();
        let (client, front) = (Client::new(near.into()), Front::default());
        let address = ([127, 0, 0, 1], 9).into();
        let serving = arrive(
            client,
            address,
            &front,
            &*server.application,
            &server.context,
        );
        let room = size_of_val(&serving);
        assert!(room < 3_000, "{room} bytes");
    });
}

#[test]
fn a_panic_is_told_to_who_caused_it() {
    with_server(limits(), |server| async move {
        let answer = server
            .ask(b"GET / HTTP/1.1\r\nhost: a\r\n\r\nGET /panic HTTP/1.1\r\nhost: a\r\n\r\n")
            .await;
        assert_eq!(bodies(&answer)[0], "Hello, World!");
        assert!(answer.contains("HTTP/1.1 500 "), "{answer}");
    });
}

#[test]
fn a_body_that_cannot_be_read_is_refused_with_a_sentence() {
    with_server(limits(), |server| async move {
        let head = "POST /echo HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n";
        let answer = server.ask(format!("{head}xx\r\n").as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
        let both = format!("GET / HTTP/1.1\r\nhost: a\r\n\r\n{head}xx\r\n");
        let answer = server.ask(both.as_bytes()).await;
        assert_eq!(bodies(&answer)[0], "Hello, World!");
        assert!(answer.contains("HTTP/1.1 400 "), "{answer}");
    });
}

/// A client that reads slowly but steadily gets all of it, however long that takes.
#[test]
fn every_stall_is_measured_by_itself() {
    let impatient = Limits {
        stall_timeout: Duration::from_millis(150),
        ..limits()
    };
    with_server(impatient, |server| async move {
        let mut client = server.connect(64 * 1024);
        let head = b"POST /echo HTTP/1.0\r\ncontent-length: 400000\r\n\r\n";
        let (mut reader, mut writer) = tokio::io::split(&mut client);
        let write = async {
            writer.write_all(head).await.unwrap();
            writer.write_all(&[b'x'; 400_000]).await.unwrap();
        };
        let read = async {
            let (mut seen, mut piece) = (0, vec![0; 20_000]);
            loop {
                let read = reader.read(&mut piece).await.unwrap();
                if read == 0 {
                    break seen;
                }
                seen += read;
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        };
        let ((), seen) = tokio::join!(write, read);
        assert!(seen > 400_000, "{seen}");
    });
}

#[test]
fn who_is_answered_does_not_wait_for_the_next_answer() {
    with_server(limits(), |server| async move {
        let mut client = server.connect(1 << 16);
        let both = b"GET / HTTP/1.1\r\nhost: a\r\n\r\nGET /work?us=50000 HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
        client.write_all(both).await.unwrap();
        let mut first = vec![0; 4096];
        let read = client.read(&mut first).await.unwrap();
        let first = String::from_utf8_lossy(&first[..read]).into_owned();
        assert!(first.ends_with("Hello, World!"), "{first}");
        assert_eq!(first.matches("HTTP/1.1 ").count(), 1);
    });
}

#[test]
fn a_target_may_name_its_host() {
    with_server(limits(), |server| async move {
        let answer = server
            .ask(b"GET http://a/ HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
            .await;
        assert_eq!(bodies(&answer), ["Hello, World!"]);
    });
}
