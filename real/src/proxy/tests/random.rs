//! Bodies in every framing, cut anywhere: what is sent at one end comes out at the other.

use policy::random::below;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

use super::harness::*;

/// A message as its sender writes it, and the body its reader must get.
struct Message {
    wire: String,
    body: String,
}

fn text(length: u32, rng: &mut Xoshiro256PlusPlus) -> String {
    (0..length)
        .map(|_| char::from(b'a' + (rng.next_u64() % 26) as u8))
        .collect()
}

/// Mostly short, now and then longer than all buffers together.
fn length(rng: &mut Xoshiro256PlusPlus) -> u32 {
    let most = [3, 200, 20_000, 120_000][below(4, rng) as usize];
    below(most, rng)
}

fn chunked(body: &str, rng: &mut Xoshiro256PlusPlus) -> String {
    let mut wire = "Transfer-Encoding: chunked\r\n\r\n".to_owned();
    let mut rest = body;
    while !rest.is_empty() {
        let (chunk, after) = rest.split_at(1 + below(rest.len() as u32, rng) as usize);
        wire += &format!("{:x}\r\n{chunk}\r\n", chunk.len());
        rest = after;
    }
    wire + "0\r\n\r\n"
}

fn framed(start: &str, framing: u32, rng: &mut Xoshiro256PlusPlus) -> Message {
    let body = text(length(rng), rng);
    let wire = match framing {
        0 => format!("{start}Content-Length: {}\r\n\r\n{body}", body.len()),
        1 => format!("{start}{}", chunked(&body, rng)),
        _ => format!("{start}Connection: close\r\n\r\n{body}"),
    };
    Message { wire, body }
}

/// Says it in pieces, and lets others run in between.
async fn say_in_pieces(client: &mut Client, wire: &str, rng: &mut Xoshiro256PlusPlus) {
    let mut rest = wire.as_bytes();
    while !rest.is_empty() {
        let most = if below(2, rng) == 0 {
            40
        } else {
            rest.len() as u32
        };
        let (piece, after) = rest.split_at((1 + below(most, rng) as usize).min(rest.len()));
        client.say(piece).await;
        for _ in 0..below(3, rng) {
            tokio::task::yield_now().await;
        }
        rest = after;
    }
}

/// A backend that answers request `n` of its lifetime by what `seed` makes of `n`, in pieces.
async fn backend_of(seed: u64) -> std::net::SocketAddr {
    listen(move |stream| async move {
        let mut client = Client::over(stream);
        while let Some(request) = client.request().await {
            let number: u64 = request["POST /".len()..]
                .split(' ')
                .next()
                .unwrap()
                .parse()
                .unwrap();
            let (answer, close) = answer_to(seed, number);
            let heard = format!("Heard: {}\r\n", body(&request).len());
            let wire = answer.wire.replacen("\r\n", &format!("\r\n{heard}"), 1);
            let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed ^ number);
            say_in_pieces(&mut client, &wire, &mut rng).await;
            if close {
                return;
            }
        }
    })
    .await
}

fn answer_to(seed: u64, number: u64) -> (Message, bool) {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(policy::hash::combine(seed, number));
    let framing = below(3, &mut rng);
    (
        framed("HTTP/1.1 200 OK\r\n", framing, &mut rng),
        framing == 2,
    )
}

#[test]
fn what_goes_in_comes_out() {
    const SEED: u64 = 20_261_121;
    run(async {
        let front = Front::start(&settings(&[backend_of(SEED).await])).await;
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(SEED);
        let mut client = front.connect().await;
        for number in 0..150 {
            let start = format!("POST /{number} HTTP/1.1\r\nHost: a\r\n");
            let framing = below(2, &mut rng);
            let request = framed(&start, framing, &mut rng);
            say_in_pieces(&mut client, &request.wire, &mut rng).await;
            let answer = client.answer().await;
            let heard = format!("\r\nHeard: {}\r\n", request.body.len());
            let expected = answer_to(SEED, number).0.body;
            let same = answer.contains(&heard) && body(&answer) == expected;
            assert!(
                same,
                "seed {SEED}, request {number}: {}",
                &answer[..answer.len().min(300)]
            );
        }
        front.settles().await;
    });
}
