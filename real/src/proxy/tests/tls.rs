//! TLS to backends, and at the front.

use std::path::PathBuf;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::harness::*;
use crate::proxy::tls::acceptor;
use crate::settings::Behind;

/// A certificate for `localhost`, its key, and files with both.
struct Files {
    _folder: tempfile::TempDir,
    chain: PathBuf,
    key: PathBuf,
}

fn files(name: &str) -> Files {
    let folder = tempfile::tempdir().unwrap();
    let signed = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    let (chain, key) = (
        folder.path().join("chain.pem"),
        folder.path().join("key.pem"),
    );
    std::fs::write(&chain, signed.cert.pem()).unwrap();
    std::fs::write(&key, signed.signing_key.serialize_pem()).unwrap();
    Files {
        _folder: folder,
        chain,
        key,
    }
}

/// A backend that speaks TLS, two requests a connection.
async fn secure(files: &Files) -> u16 {
    let front = acceptor(&files.chain, &files.key).unwrap();
    let address = listen(move |stream| {
        let front = front.clone();
        async move {
            let Ok(mut stream) = front.accept(stream).await else {
                return;
            };
            for _ in 0..2 {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    if !matches!(stream.read_buf(&mut head).await, Ok(1..)) {
                        return;
                    }
                }
                stream.write_all(ok("secret").as_bytes()).await.unwrap();
                stream.flush().await.unwrap();
            }
        }
    })
    .await;
    address.port()
}

fn over_tls(port: u16, files: &Files) -> crate::settings::Settings {
    let mut settings = settings(&[]);
    let mut upstream = upstream(&([127, 0, 0, 1], port).into());
    upstream.authority = format!("localhost:{port}");
    upstream.tls = true;
    settings.behind = Behind::Upstreams(vec![upstream]);
    settings.tls.upstream_ca = Some(files.chain.clone());
    settings
}

#[test]
fn a_backend_is_asked_over_tls_and_its_connection_kept() {
    run(async {
        let files = files("localhost");
        let front = Front::start(&over_tls(secure(&files).await, &files)).await;
        let mut client = front.connect().await;
        for _ in 0..5 {
            client.say(GET).await;
            assert_eq!(body(&client.answer().await), "secret");
        }
    });
}

#[test]
fn a_backend_with_a_certificate_of_somebody_else_is_not_asked() {
    run(async {
        let (theirs, ours) = (files("localhost"), files("localhost"));
        let front = Front::start(&over_tls(secure(&theirs).await, &ours)).await;
        let answer = front.ask(GET).await;
        assert_eq!(status(&answer), 502);
        assert!(body(&answer).contains("no TLS connection"), "{answer}");
        let another = files("elsewhere.example");
        let front = Front::start(&over_tls(secure(&another).await, &another)).await;
        assert_eq!(status(&front.ask(GET).await), 502);
    });
}

#[test]
fn certificates_that_cannot_be_used_are_refused_with_a_sentence() {
    let (one, other) = (files("localhost"), files("localhost"));
    let refused = |chain: &std::path::Path, key: &std::path::Path| {
        let refused = acceptor(chain, key).err().expect("a refusal");
        refused.to_string()
    };
    assert!(refused(&one.chain, &one.chain).contains("no private key"));
    assert!(refused(&one.key, &one.key).contains("no certificate"));
    assert!(refused(&one.chain, &other.key).contains("cannot be used"));
    assert!(refused(&one.chain.with_extension("none"), &one.key).contains("chain.none"));
}
