//! Who is asked: strategies, cookies, health, hedging, reloads.

use std::sync::atomic::AtomicU64;

use policy::Owner;
use policy::health::active;
use policy::retry::{After, Hedge};
use policy::shared::{Board, Native};
use policy::strategy::StrategyName;
use policy::time::Duration;

use super::harness::*;
use crate::settings::{Behind, SameSite, Sticky};
use crate::stats::BackendGauge;

#[test]
fn requests_go_round() {
    run(async {
        let (a, b) = (saying("a").await, saying("b").await);
        let front = Front::start(&settings(&[a.address, b.address])).await;
        let mut client = front.connect().await;
        for _ in 0..10 {
            client.say(GET).await;
            client.answer().await;
        }
        assert_eq!((a.requests.get(), b.requests.get()), (5, 5));
        assert_eq!((a.connections.get(), b.connections.get()), (1, 1));
    });
}

fn sticky(secret: Option<&str>) -> Sticky {
    Sticky {
        name: "stay".to_owned(),
        secret: secret.map(|secret| secret.as_bytes().to_vec()),
        max_age: None,
        same_site: SameSite::Lax,
        secure: false,
    }
}

/// `name=value` of the cookie an answer sets.
fn cookie(answer: &str) -> Option<&str> {
    let (_, set) = answer.split_once("Set-Cookie: ")?;
    set.split(';').next()
}

#[test]
fn a_cookie_keeps_a_client_at_its_backend_until_that_leaves() {
    run(async {
        for secret in [None, Some("hush")] {
            let (a, b) = (saying("a").await, saying("b").await);
            let mut settings = settings(&[a.address, b.address]);
            settings.balancing.sticky = Some(sticky(secret));
            let front = Front::start(&settings).await;
            let first = front.ask(GET).await;
            let stay = cookie(&first).expect("a cookie").to_owned();
            let again = format!("GET / HTTP/1.1\r\nHost: a\r\nCookie: x=y; {stay}\r\n\r\n");
            for _ in 0..5 {
                let answer = front.ask(&again).await;
                assert_eq!((body(&answer), cookie(&answer)), (body(&first), None));
            }
            // Another value is nobody's: the strategy chooses, and there is a new cookie.
            let tampered = again.replace(&stay, "stay=0123456789abcdef");
            assert!(cookie(&front.ask(&tampered).await).is_some());

            let left = if body(&first) == "a" {
                b.address
            } else {
                a.address
            };
            front
                .proxy
                .set_backends(&[(&upstream(&left)).into()])
                .unwrap();
            let answer = front.ask(&again).await;
            assert!(
                body(&answer) != body(&first) && cookie(&answer).is_some_and(|new| new != stay),
                "{answer}"
            );
        }
    });
}

#[test]
fn who_is_ill_is_not_asked_until_it_is_well() {
    run(async {
        let ill = std::rc::Rc::new(std::cell::Cell::new(true));
        let health = std::rc::Rc::clone(&ill);
        let a = backend(
            move |request| match request.starts_with("GET /health") && health.get() {
                true => "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n".to_owned(),
                false => ok("a"),
            },
        )
        .await;
        let b = saying("b").await;
        let mut settings = settings(&[a.address, b.address]);
        settings.controls.probe_path = "/health".to_owned();
        settings.controls.probes = Some(
            active::Config::new(active::Options {
                interval: Duration::from_millis(10),
                timeout: LONG,
                fall: 1,
                rise: 1,
                ..active::Options::default()
            })
            .unwrap(),
        );
        let front = Front::start(&settings).await;
        let asked = async |wanted: &[&str]| {
            for _ in 0..2_000 {
                let both = [front.ask(GET).await, front.ask(GET).await];
                if wanted
                    .iter()
                    .all(|wanted| both.iter().any(|answer| body(answer) == *wanted))
                    && both.iter().all(|answer| wanted.contains(&body(answer)))
                {
                    return;
                }
                tokio::time::sleep(std::time::Duration::from_millis(2)).await;
            }
            panic!("never only {wanted:?}");
        };
        asked(&["b"]).await;
        ill.set(false);
        asked(&["a", "b"]).await;
    });
}

#[test]
fn nobody_left_is_an_answer() {
    run(async {
        let front = Front::start(&settings(&[])).await;
        let answer = front.ask(GET).await;
        assert!(
            status(&answer) == 503 && answer.contains("retry-after: "),
            "{answer}"
        );
    });
}

#[test]
fn a_slow_answer_is_asked_for_elsewhere_too_and_the_faster_is_heard() {
    run(async {
        let slow = listen(|stream| async move {
            let mut client = Client::over(stream);
            client.request().await;
            while client.read().await {}
        })
        .await;
        let fast = saying("fast").await;
        let mut settings = settings(&[slow, fast.address]);
        settings.controls.hedge =
            Some(Hedge::new(After::Fixed(Duration::from_millis(20))).unwrap());
        let front = Front::start(&settings).await;
        let mut client = front.connect().await;
        for _ in 0..4 {
            client.say(GET).await;
            assert_eq!(body(&client.answer().await), "fast");
        }
        front.settles().await;
        assert_eq!(fast.requests.get(), 4);
    });
}

/// Neither is a request lost, nor does one go to somebody who is not on the list it was sent under.
#[test]
fn a_reload_moves_traffic_and_breaks_nothing() {
    run(async {
        let (a, b) = (saying("a").await, saying("b").await);
        let slow = backend(|_| ok("slow")).await;
        let before = settings(&[a.address, slow.address]);
        let front = Front::start(&before).await;
        let mut client = front.connect().await;
        for round in 0..20 {
            let mut after = before.clone();
            let only = [if round % 2 == 0 { b.address } else { a.address }];
            after.behind = Behind::Upstreams(only.iter().map(upstream).collect());
            front.proxy.reload(&after).unwrap();
            let expected = if round % 2 == 0 { "b" } else { "a" };
            for _ in 0..3 {
                client.say(GET).await;
                assert_eq!(body(&client.answer().await), expected);
            }
        }
        assert!(
            front
                .proxy
                .reload(&settings(&[a.address, a.address]))
                .is_err()
        );
        client.say(GET).await;
        assert_eq!(body(&client.answer().await), "a", "the list before stays");
        front.settles().await;
    });
}

#[test]
fn a_request_ends_where_it_began_although_its_backend_left() {
    run(async {
        let address = listen(|stream| async move {
            let mut client = Client::over(stream);
            client.request().await;
            client
                .say("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab")
                .await;
            tokio::time::sleep(std::time::Duration::from_millis(40)).await;
            client.say("cd").await;
            // It is not kept: nobody would use it any more.
            assert!(client.is_closed().await);
        })
        .await;
        let front = Front::start(&settings(&[address])).await;
        let mut client = front.connect().await;
        client.say(GET).await;
        client.hear("\r\n\r\nab").await;
        let other = saying("other").await;
        front
            .proxy
            .set_backends(&[(&upstream(&other.address)).into()])
            .unwrap();
        client.hear("cd").await;
        client.say(GET).await;
        assert_eq!(body(&client.answer().await), "other");
        front.settles().await;
    });
}

/// The master ends a worker once nothing is in flight there, and sees that by the worker's name.
#[test]
fn who_left_is_shown_until_its_last_request_ended_and_nobody_else_in_its_place() {
    run(async {
        let go_on = std::rc::Rc::new(tokio::sync::Notify::new());
        let told = std::rc::Rc::clone(&go_on);
        let slow = listen(move |stream| {
            let told = std::rc::Rc::clone(&told);
            async move {
                let mut client = Client::over(stream);
                client.request().await;
                told.notified().await;
                client.say(ok("slow")).await;
            }
        })
        .await;
        let (b, c) = (saying("b").await, saying("c").await);
        let front = Front::start(&settings(&[slow])).await;
        let control = &front.proxy.control;
        let row = |slot| control.row(slot).unwrap();
        let names = || -> Vec<String> {
            let occupants = (0..4).filter_map(|slot| row(slot).occupant());
            occupants.map(|(_, name)| name).collect()
        };
        let mut client = front.connect().await;
        client.say(GET).await;
        while row(0).gauge(BackendGauge::InFlight) == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
        for next in [&[b.address][..], &[b.address, c.address]] {
            let next: Vec<_> = next.iter().map(|next| (&upstream(next)).into()).collect();
            front.proxy.set_backends(&next).unwrap();
            assert!(names().contains(&slow.to_string()), "{:?}", names());
            assert_eq!(row(0).gauge(BackendGauge::InFlight), 1);
        }
        go_on.notify_one();
        assert_eq!(body(&client.answer().await), "slow");
        front.settles().await;
        let mut both = [b.address.to_string(), c.address.to_string()];
        let mut left = names();
        left.sort_unstable();
        both.sort_unstable();
        assert_eq!(left, both);
        let answers: u64 = (0..4).map(|slot| row(slot).responses().count()).sum();
        assert_eq!(answers, 0, "nobody who is there was asked");
    });
}

#[test]
fn every_strategy_finds_somebody() {
    run(async {
        let (a, b) = (saying("a").await, saying("b").await);
        for &strategy in StrategyName::ALL {
            let mut settings = settings(&[a.address, b.address]);
            settings.balancing.strategy = strategy;
            let front = Front::start(&settings).await;
            for _ in 0..4 {
                assert_eq!(status(&front.ask(GET).await), 200, "{strategy:?}");
            }
            front.settles().await;
        }
    });
}

/// What one balancer has under way the other sees.
#[test]
fn balancers_on_a_board_count_together() {
    run(async {
        let slow = || {
            listen(|stream| async move {
                let mut client = Client::over(stream);
                client.request().await;
                while client.read().await {}
            })
        };
        let words = (0..Board::<Native>::words_for(8, 2)).map(|_| AtomicU64::new(0));
        let words: Box<[AtomicU64]> = words.collect();
        let board = Board::over(Box::leak(words), 8, 2);
        let mut settings = settings(&[slow().await, slow().await, slow().await]);
        settings.balancing.strategy = StrategyName::LeastConnections;
        let owner = |number| Some((board, Owner::new(number).unwrap()));
        let fronts = [
            Front::on(&settings, owner(1)).await,
            Front::on(&settings, owner(2)).await,
        ];
        let mut clients = Vec::new();
        for n in 0..6u64 {
            let mut client = fronts[n as usize % 2].connect().await;
            client.say(GET).await;
            while board.total() <= n {
                tokio::time::sleep(std::time::Duration::from_millis(1)).await;
            }
            clients.push(client);
        }
        let mut counts: Vec<u32> = (0..8).map(|row| board.in_flight(row)).collect();
        counts.sort_unstable();
        assert_eq!(counts, [0, 0, 0, 0, 0, 2, 2, 2]);
    });
}
