//! Who is too slow, too much, or too often.

use policy::admission::{Limit, Limiter, Rate};
use policy::time::Duration;

use super::harness::*;
use crate::serve::{Connection, Peer, Service};

/// Reads, and says nothing for ever.
async fn silent() -> std::net::SocketAddr {
    listen(|stream| async move {
        let mut client = Client::over(stream);
        while client.read().await {}
    })
    .await
}

#[test]
fn a_backend_that_does_not_answer_is_not_waited_for() {
    run(async {
        let mut slow = settings(&[silent().await]);
        slow.controls.attempt_timeout = SHORT;
        let front = Front::start(&slow).await;
        let answer = front.ask(GET).await;
        assert!(
            status(&answer) == 504 && answer.contains("in time"),
            "{answer}"
        );
        front.settles().await;

        let mut slow = settings(&[silent().await]);
        slow.limits.request_timeout = SHORT;
        let front = Front::start(&slow).await;
        assert_eq!(status(&front.ask(GET).await), 504);
    });
}

#[test]
fn a_client_that_does_not_send_its_body_is_told() {
    run(async {
        let mut slow = settings(&[silent().await]);
        slow.limits.stall_timeout = SHORT;
        let front = Front::start(&slow).await;
        let answer = front
            .ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc")
            .await;
        assert_eq!(status(&answer), 408, "{answer}");
        front.settles().await;
    });
}

#[test]
fn an_answer_that_stalls_is_broken_off() {
    run(async {
        let address = listen(|stream| async move {
            let mut client = Client::over(stream);
            client.request().await;
            client
                .say("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc")
                .await;
            while client.read().await {}
        })
        .await;
        let mut slow = settings(&[address]);
        slow.limits.stall_timeout = SHORT;
        let front = Front::start(&slow).await;
        assert!(front.ask(GET).await.ends_with("\r\n\r\nabc<cut>"));
        front.settles().await;
    });
}

#[test]
fn a_client_that_does_not_read_is_left() {
    run(async {
        let endless = backend(|_| ok(&"x".repeat(20 << 20))).await;
        let mut slow = settings(&[endless.address]);
        slow.limits.stall_timeout = SHORT;
        let front = Front::start(&slow).await;
        let mut client = front.connect().await;
        client.say(GET).await;
        client.hear("\r\n\r\n").await;
        front.settles().await;
    });
}

#[test]
fn a_body_longer_than_allowed_is_refused_in_either_framing() {
    run(async {
        let mut small = settings(&[silent().await]);
        small.limits.body_bytes = 10;
        let front = Front::start(&small).await;
        let long = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n";
        assert_eq!(status(&front.ask(long).await), 413);
        let chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nabcdef\r\n6\r\nabcdef\r\n";
        assert_eq!(status(&front.ask(chunked).await), 413);
        front.settles().await;
    });
}

#[test]
fn a_client_that_asks_too_often_is_told_when_to_come_back() {
    run(async {
        let backend = saying("x").await;
        let mut limited = settings(&[backend.address]);
        limited.admission.rate = Some(Rate::new(1, Duration::from_millis(10_000), 2).unwrap());
        limited.balancing.key = crate::settings::Key::Header("x-user".to_owned());
        let front = Front::start(&limited).await;
        let by = |user: &str| format!("GET / HTTP/1.1\r\nHost: a\r\nX-User: {user}\r\n\r\n");
        assert_eq!(status(&front.ask(by("1")).await), 200);
        assert_eq!(status(&front.ask(by("1")).await), 200);
        let answer = front.ask(by("1")).await;
        assert!(
            status(&answer) == 429 && answer.contains("retry-after: 10\r\n"),
            "{answer}"
        );
        assert_eq!(status(&front.ask(by("2")).await), 200);
        assert_eq!(backend.requests.get(), 3);
    });
}

#[test]
fn more_than_may_be_under_way_are_refused() {
    run(async {
        let mut limited = settings(&[silent().await]);
        limited.admission.concurrency = Some(Limiter::new(Limit::Fixed(1)).unwrap());
        let front = Front::start(&limited).await;
        let mut first = front.connect().await;
        first.say(GET).await;
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        let answer = front.ask(GET).await;
        assert!(
            status(&answer) == 503 && answer.contains("retry-after: 1\r\n"),
            "{answer}"
        );
    });
}

/// What a connection may ever wait for it has room for from the beginning, and most connections are idle.
#[test]
fn a_request_under_way_takes_little_room() {
    run(async {
        let settings = settings(&[silent().await]);
        let front = Front::start(&settings).await;
        let (stream, _other) = tokio::io::duplex(1);
        let peer = Peer {
            address: front.address,
            tls: false,
        };
        let mut connection = Connection::new(stream, peer, &front.proxy.context);
        let room = size_of_val(&front.proxy.call(&mut connection));
        assert!(room < 3_000, "{room} bytes");
    });
}
