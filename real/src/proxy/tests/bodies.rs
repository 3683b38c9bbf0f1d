//! Bodies both ways, in every framing, of any size.

use super::harness::*;

/// A backend that sends the body back.
async fn echo() -> Backend {
    backend(|request| ok(body(request))).await
}

fn post(body: &str) -> String {
    format!(
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

#[test]
fn bodies_of_any_size_come_back_as_they_were() {
    run(async {
        let backend = echo().await;
        let front = Front::start(&settings(&[backend.address])).await;
        let mut client = front.connect().await;
        for size in [0, 1, 16_000, 16_384, 70_000, 3_000_000] {
            let sent: String = (0..size)
                .map(|n| char::from(b'a' + (n % 23) as u8))
                .collect();
            client.say(post(&sent)).await;
            let answer = client.answer().await;
            assert!(body(&answer) == sent, "{size}");
        }
        assert_eq!(backend.connections.get(), 1);
        front.settles().await;
    });
}

#[test]
fn chunks_go_through_with_their_trailers_however_they_come() {
    run(async {
        let backend = backend(|request| {
            let framed = request.contains("Transfer-Encoding: chunked\r\n") && !request.contains("ength");
            let said = body(request).to_owned();
            format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nFramed: {framed}\r\n\r\n{:x}\r\n{said}\r\n0\r\nT: u\r\n\r\n", said.len())
        })
        .await;
        let front = Front::start(&settings(&[backend.address])).await;
        let request = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nX-End: z\r\n\r\n";
        let answer = front.ask(request).await;
        assert!(
            answer.contains("Framed: true\r\n") && answer.ends_with("\r\n\r\nabcde<X-End=z><T=u>"),
            "{answer}"
        );
        let mut client = front.connect().await;
        for byte in request.as_bytes() {
            client.say([*byte]).await;
            tokio::task::yield_now().await;
        }
        assert!(
            client
                .answer()
                .await
                .ends_with("\r\n\r\nabcde<X-End=z><T=u>")
        );
    });
}

#[test]
fn an_answer_that_ends_with_the_connection_ends_with_a_last_chunk() {
    run(async {
        let backend = backend(|_| "HTTP/1.1 200 OK\r\n\r\nabc!".to_owned()).await;
        let front = Front::start(&settings(&[backend.address])).await;
        let mut client = front.connect().await;
        for _ in 0..2 {
            client.say(GET).await;
            let answer = client.answer().await;
            assert!(
                answer.contains("Transfer-Encoding: chunked") && answer.ends_with("abc"),
                "{answer}"
            );
        }
        assert_eq!(backend.connections.get(), 2);
    });
}

#[test]
fn an_answer_is_passed_on_while_it_comes() {
    run(async {
        let address = listen(|stream| async move {
            let mut client = Client::over(stream);
            client.hear("\r\n\r\n").await;
            client
                .say("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalf")
                .await;
            client.hear("go on").await;
            client.say("half").await;
        })
        .await;
        let front = Front::start(&settings(&[address])).await;
        let mut client = front.connect().await;
        // The backend hears of what the client was told by a request body that it has announced.
        client
            .say("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n")
            .await;
        client.hear("\r\n\r\nhalf").await;
        client.say("go on").await;
        client.hear("half").await;
    });
}

#[test]
fn a_client_that_asks_first_is_answered_by_the_backend() {
    run(async {
        let address = listen(|stream| async move {
            let mut client = Client::over(stream);
            client.hear("Expect: 100-continue\r\n").await;
            client.hear("\r\n\r\n").await;
            client.say("HTTP/1.1 100 Continue\r\n\r\n").await;
            client.hear("abc").await;
            client.say(ok("thanks")).await;
        })
        .await;
        let front = Front::start(&settings(&[address])).await;
        let mut client = front.connect().await;
        client
            .say("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
            .await;
        client.hear("HTTP/1.1 100 Continue\r\n\r\n").await;
        client.say("abc").await;
        assert_eq!(body(&client.answer().await), "thanks");
    });
}

#[test]
fn an_answer_before_the_body_ends_the_connection_if_the_body_does_not_come() {
    run(async {
        let no = "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno";
        let address = listen(move |stream| async move {
            let mut client = Client::over(stream);
            client.hear("\r\n\r\n").await;
            client.say(no).await;
            // Neither is the body read, nor the connection closed before the other side does.
            while client.read().await {}
        })
        .await;
        let front = Front::start(&settings(&[address])).await;
        let mut client = front.connect().await;
        client
            .say("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
            .await;
        let answer = client.answer().await;
        assert!(
            status(&answer) == 403 && answer.contains("Connection: close"),
            "{answer}"
        );
        assert!(client.is_closed().await);
        front.settles().await;
    });
}

#[test]
fn a_backend_that_reads_nothing_more_after_its_answer_stops_nobody() {
    run(async {
        let address = listen(move |stream| async move {
            let mut client = Client::over(stream);
            client.hear("\r\n\r\n").await;
            client
                .say("HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig")
                .await;
        })
        .await;
        let front = Front::start(&settings(&[address])).await;
        let mut client = front.connect().await;
        let request = format!(
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000\r\n\r\n{}",
            "x".repeat(300_000)
        );
        client.say(request).await;
        let answer = client.answer().await;
        assert!(status(&answer) == 413 || status(&answer) == 502, "{answer}");
    });
}
