//! Backends that are gone, break off, or say what is no HTTP.

use policy::retry::{Retries, decide};

use super::harness::*;

/// A port where nobody listens.
async fn nobody() -> std::net::SocketAddr {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
        .await
        .unwrap();
    listener.local_addr().unwrap()
}

fn with_retries(settings: &mut crate::settings::Settings, retries: u32) {
    settings.controls.retries = Some(
        Retries::new(decide::Options {
            retries,
            delays: policy::retry::Delays {
                first: policy::time::Duration::from_millis(1),
                ..Default::default()
            },
            ..Default::default()
        })
        .unwrap(),
    );
}

#[test]
fn without_retries_each_failure_has_its_status() {
    run(async {
        let bad = |said: &'static str| backend(move |_| said.to_owned());
        for (address, expected, why) in [
            (nobody().await, 502, "could not be reached"),
            (bad("!").await.address, 502, "without an answer"),
            (
                bad("HTTP/1.1 200 OK\r\nX: y!").await.address,
                502,
                "within its answer",
            ),
            (bad("HTTP/2 200 OK\r\n\r\n").await.address, 502, "not valid"),
            (
                bad("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n")
                    .await
                    .address,
                502,
                "not valid",
            ),
            (
                bad(
                    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
                )
                .await
                .address,
                502,
                "protocol",
            ),
        ] {
            let front = Front::start(&settings(&[address])).await;
            let mut client = front.connect().await;
            for _ in 0..2 {
                client.say(GET).await;
                let answer = client.answer().await;
                assert!(
                    status(&answer) == expected && answer.contains(why),
                    "{why}: {answer}"
                );
            }
            front.settles().await;
        }
    });
}

#[test]
fn too_long_a_head_is_no_answer() {
    run(async {
        let long = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "y".repeat(20_000));
        let backend = backend(move |_| long.clone()).await;
        let front = Front::start(&settings(&[backend.address])).await;
        assert_eq!(status(&front.ask(GET).await), 502);
    });
}

#[test]
fn an_answer_that_breaks_off_breaks_off() {
    run(async {
        for said in [
            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc!",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n!",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzzz\r\n",
        ] {
            let backend = backend(move |_| said.to_owned()).await;
            let front = Front::start(&settings(&[backend.address])).await;
            let answer = front.ask(GET).await;
            assert!(answer.ends_with("\r\n\r\nabc<cut>"), "{answer}");
            front.settles().await;
        }
    });
}

#[test]
fn what_failed_here_is_asked_there() {
    run(async {
        for refusing in [nobody().await, backend(|_| "!".to_owned()).await.address] {
            let good = saying("good").await;
            let mut settings = settings(&[refusing, good.address]);
            with_retries(&mut settings, 1);
            let front = Front::start(&settings).await;
            for _ in 0..4 {
                assert_eq!(body(&front.ask(GET).await), "good");
            }
            front.settles().await;
        }
    });
}

#[test]
fn what_may_not_be_done_twice_is_not_unless_it_was_not_done_at_all() {
    run(async {
        let breaking = backend(|_| "!".to_owned()).await;
        let good = saying("good").await;
        let post = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";
        let mut both = settings(&[breaking.address, good.address]);
        with_retries(&mut both, 1);
        let front = Front::start(&both).await;
        let answers = [front.ask(post).await, front.ask(post).await].map(|answer| status(&answer));
        assert!(
            answers == [502, 200] || answers == [200, 502],
            "{answers:?}"
        );
        assert_eq!((breaking.requests.get(), good.requests.get()), (1, 1));

        let mut nobody = settings(&[nobody().await, good.address]);
        with_retries(&mut nobody, 1);
        let front = Front::start(&nobody).await;
        for _ in 0..2 {
            assert_eq!(status(&front.ask(post).await), 200);
        }
    });
}

/// RFC 9110, 9.2.2: what may have been done is not done again on a guess.
#[test]
fn a_post_that_was_answered_is_not_sent_again() {
    run(async {
        let busy = "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n";
        let backends = [
            backend(move |_| busy.to_owned()).await,
            backend(move |_| busy.to_owned()).await,
        ];
        let addresses = [backends[0].address, backends[1].address];
        let mut settings = settings(&addresses);
        with_retries(&mut settings, 3);
        let front = Front::start(&settings).await;
        let post = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx";
        let answer = front.ask(post).await;
        assert!(answer.contains("503 Busy"), "{answer}");
        let heard: u32 = backends.iter().map(|backend| backend.requests.get()).sum();
        assert_eq!(heard, 1);
    });
}

#[test]
fn a_status_that_says_that_it_failed_is_tried_again_and_passed_on_in_the_end() {
    run(async {
        let busy = backend(|_| {
            "HTTP/1.1 503 Busy\r\nContent-Length: 4\r\nRetry-After: 9\r\n\r\nbusy".to_owned()
        })
        .await;
        let good = saying("good").await;
        let mut both = settings(&[busy.address, good.address]);
        with_retries(&mut both, 1);
        let front = Front::start(&both).await;
        for _ in 0..2 {
            assert_eq!(body(&front.ask(GET).await), "good");
        }
        let before = busy.requests.replace(0);
        assert!(before > 0);
        let mut alone = settings(&[busy.address]);
        with_retries(&mut alone, 2);
        let front = Front::start(&alone).await;
        let answer = front.ask(GET).await;
        assert!(
            answer.contains("503 Busy\r\n") && answer.contains("Retry-After: 9\r\n"),
            "{answer}"
        );
        assert_eq!(busy.requests.get(), 3);
    });
}

/// The backend closes idle connections while a request is on its way.
#[test]
fn a_stale_connection_costs_an_idempotent_request_nothing() {
    run(async {
        let address = listen(|stream| async move {
            let mut client = Client::over(stream);
            client.request().await.unwrap();
            client.say(ok("once")).await;
            // The second request is read, and the connection closed.
            client.request().await;
        })
        .await;
        let front = Front::start(&settings(&[address])).await;
        let mut client = front.connect().await;
        for _ in 0..5 {
            client.say(GET).await;
            assert_eq!(body(&client.answer().await), "once");
        }
        let post = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";
        client.say(post).await;
        assert_eq!(status(&client.answer().await), 502);
        client.say(post).await;
        assert_eq!(body(&client.answer().await), "once");
        front.settles().await;
    });
}

#[test]
fn an_idle_connection_on_which_something_was_said_is_not_used() {
    run(async {
        let address = listen(|stream| async move {
            let mut client = Client::over(stream);
            client.request().await.unwrap();
            client.say(ok("good")).await;
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            client.say(ok("evil")).await;
            while client.read().await {}
        })
        .await;
        let front = Front::start(&settings(&[address])).await;
        for _ in 0..3 {
            assert_eq!(body(&front.ask(GET).await), "good");
            tokio::time::sleep(std::time::Duration::from_millis(30)).await;
        }
        // Said together with the answer, it is seen at once.
        let twice = backend(|_| format!("{}{}", ok("good"), ok("evil"))).await;
        let front = Front::start(&settings(&[twice.address])).await;
        for _ in 0..3 {
            assert_eq!(body(&front.ask(GET).await), "good");
        }
        assert_eq!(twice.connections.get(), 3);
    });
}

#[test]
fn a_client_that_leaves_is_not_held_against_the_backend() {
    run(async {
        let address = listen(|stream| async move {
            let mut client = Client::over(stream);
            client.request().await;
            while client.read().await {}
        })
        .await;
        let front = Front::start(&settings(&[address])).await;
        let mut client = front.connect().await;
        client
            .say("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 30\r\n\r\nabc")
            .await;
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        drop(client);
        front.settles().await;
    });
}
