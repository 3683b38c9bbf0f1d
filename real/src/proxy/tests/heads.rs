//! What is sent on of heads, and which answers have no body.

use super::harness::*;
use crate::http::Method;

#[test]
fn a_request_and_its_answer_go_through() {
    run(async {
        let backend = backend(ok).await;
        let front = Front::start(&settings(&[backend.address])).await;
        let mut client = front.connect().await;
        for n in 0..3 {
            client
                .say(format!(
                    "GET /{n} HTTP/1.1\r\nHost: a\r\nX: y\r\nConnection: x\r\n\r\n"
                ))
                .await;
            let answer = client.answer().await;
            assert!(answer.contains("\r\nVia: 1.1 evenkeel\r\n"), "{answer}");
            let request = body(&answer);
            assert!(
                request.starts_with(&format!(
                    "GET /{n} HTTP/1.1\r\nHost: a\r\nVia: 1.1 evenkeel\r\n"
                )),
                "{request}"
            );
            assert!(
                request.contains("X-Forwarded-For: 127.0.0.1\r\n"),
                "{request}"
            );
            assert!(!request.contains("X: y"), "{request}");
        }
        assert_eq!(backend.connections.get(), 1);
        front.settles().await;
    });
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    run(async {
        let backend = backend(|request| ok(&request[5..6])).await;
        let front = Front::start(&settings(&[backend.address])).await;
        let mut client = front.connect().await;
        let requests: String = (0..8)
            .map(|n| format!("GET /{n} HTTP/1.1\r\nHost: a\r\n\r\n"))
            .collect();
        client.say(requests).await;
        for n in 0..8 {
            assert_eq!(body(&client.answer().await), n.to_string());
        }
    });
}

#[test]
fn answers_without_a_body_have_none_whatever_they_say() {
    run(async {
        let backend = backend(|request| match request.split(' ').nth(1).unwrap() {
            "/204" => "HTTP/1.1 204 No Content\r\n\r\n".to_owned(),
            "/304" => {
                "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\nETag: x\r\n\r\n".to_owned()
            }
            _ => "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n".to_owned(),
        })
        .await;
        let front = Front::start(&settings(&[backend.address])).await;
        let mut client = front.connect().await;
        client.say("GET /204 HTTP/1.1\r\nHost: a\r\n\r\n").await;
        let answer = client.answer().await;
        assert!(
            status(&answer) == 204 && !answer.contains("ength"),
            "{answer}"
        );
        client.say("GET /304 HTTP/1.1\r\nHost: a\r\n\r\n").await;
        assert!(
            client
                .answer()
                .await
                .contains("Content-Length: 7\r\nETag: x")
        );
        client.say("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n").await;
        let answer = client.answer_to(Method::Head).await;
        assert!(
            answer.contains("Content-Length: 7\r\n") && body(&answer).is_empty(),
            "{answer}"
        );
        assert_eq!(backend.connections.get(), 1);
    });
}

#[test]
fn an_old_client_gets_no_chunks_and_is_told_whether_the_connection_stays() {
    run(async {
        let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
        let backend = backend(move |request| match request.starts_with("GET /chunks") {
            true => chunked.to_owned(),
            false => ok("abc"),
        })
        .await;
        let front = Front::start(&settings(&[backend.address])).await;
        let mut client = front.connect().await;
        client
            .say("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            .await;
        assert!(
            client
                .answer()
                .await
                .contains("Connection: keep-alive\r\n\r\nabc")
        );
        client
            .say("GET /chunks HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            .await;
        let answer = client.answer().await;
        assert!(
            answer.contains("Connection: close\r\n\r\nabc") && !answer.contains("chunked"),
            "{answer}"
        );
        assert!(client.is_closed().await);
    });
}

#[test]
fn interim_responses_are_passed_on_to_who_knows_them() {
    run(async {
        let hint = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
        let backend = backend(move |_| format!("{hint}{hint}{}", ok("abc"))).await;
        let front = Front::start(&settings(&[backend.address])).await;
        let mut client = front.connect().await;
        client.say(GET).await;
        assert_eq!(client.answer().await, hint);
        assert_eq!(client.answer().await, hint);
        assert_eq!(body(&client.answer().await), "abc");
        assert_eq!(body(&front.ask("GET / HTTP/1.0\r\n\r\n").await), "abc");
    });
}

#[test]
fn methods_that_are_not_passed_on_are_refused() {
    run(async {
        let backend = saying("x").await;
        let front = Front::start(&settings(&[backend.address])).await;
        for request in [
            "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n",
            "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n",
        ] {
            let answer = front.ask(request).await;
            assert!(
                status(&answer) == 405 && answer.contains("allow: GET"),
                "{answer}"
            );
        }
        assert_eq!(backend.requests.get(), 0);
    });
}

#[test]
fn options_that_go_no_further_are_answered_here() {
    run(async {
        let backend = saying("x").await;
        let front = Front::start(&settings(&[backend.address])).await;
        let answer = front
            .ask("OPTIONS * HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n\r\n")
            .await;
        assert!(
            status(&answer) == 200 && answer.contains("allow: GET"),
            "{answer}"
        );
        assert_eq!(backend.requests.get(), 0);
    });
}

#[test]
fn an_answer_may_drip() {
    run(async {
        let address = listen(|stream| async move {
            let mut client = Client::over(stream);
            while client.request().await.is_some() {
                for byte in ok("slowly").bytes() {
                    client.say([byte]).await;
                    tokio::task::yield_now().await;
                }
            }
        })
        .await;
        let front = Front::start(&settings(&[address])).await;
        let mut client = front.connect().await;
        for _ in 0..3 {
            client.say(GET).await;
            assert_eq!(body(&client.answer().await), "slowly");
        }
    });
}
