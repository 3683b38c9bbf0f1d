//! Upgrades to other protocols.

use tokio::io::AsyncWriteExt;

use super::harness::*;

const UPGRADE: &str =
    "GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
const SWITCHED: &str =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";

/// Agrees, says hello at once, and then says back what it hears until that ends.
async fn shouting() -> std::net::SocketAddr {
    listen(|stream| async move {
        let mut client = Client::over(stream);
        client.hear("Upgrade: websocket\r\n\r\n").await;
        client.say(format!("{SWITCHED}hello")).await;
        client.hear("shout").await;
        client.say("SHOUT").await;
        assert!(client.is_closed().await);
        client.say("bye").await;
    })
    .await
}

#[test]
fn a_tunnel_carries_bytes_both_ways_until_both_ends_have_ended() {
    run(async {
        let front = Front::start(&settings(&[shouting().await])).await;
        let mut client = front.connect().await;
        client.say(format!("{UPGRADE}sh")).await;
        client.hear("HTTP/1.1 101 Switching Protocols\r\n").await;
        client
            .hear("Connection: upgrade\r\nUpgrade: websocket\r\n\r\nhello")
            .await;
        client.say("out").await;
        client.hear("SHOUT").await;
        client.stream.shutdown().await.unwrap();
        client.hear("bye").await;
        assert!(client.is_closed().await);
        front.settles().await;
    });
}

#[test]
fn a_tunnel_in_which_nothing_is_said_is_closed() {
    run(async {
        let mut settings = settings(&[shouting().await]);
        settings.limits.idle_timeout = SHORT;
        let front = Front::start(&settings).await;
        let mut client = front.connect().await;
        client.say(UPGRADE).await;
        client.hear("hello").await;
        assert!(client.is_closed().await);
        front.settles().await;
    });
}

#[test]
fn a_backend_may_decline_an_upgrade() {
    run(async {
        let backend = backend(|_| ok("no, thanks")).await;
        let front = Front::start(&settings(&[backend.address])).await;
        let mut client = front.connect().await;
        for _ in 0..2 {
            client.say(UPGRADE).await;
            assert_eq!(body(&client.answer().await), "no, thanks");
        }
    });
}

/// An upgrade to HTTP/2 would carry requests past everything that is checked.
#[test]
fn http_2_is_not_asked_for() {
    run(async {
        let backend = backend(ok).await;
        let front = Front::start(&settings(&[backend.address])).await;
        let request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n\r\n";
        let answer = front.ask(request).await;
        assert!(
            !answer.contains("h2c") && !answer.contains("HTTP2"),
            "{answer}"
        );
    });
}
