use super::*;

#[test]
fn all() {
    let start = std::time::Instant::now();
    for small in smalls().filter(|s| s.strategy != StrategyName::Maglev || s.load == 0.9) {
        let t = std::time::Instant::now();
        match small.solve() {
            Ok(case) => print!("{}", table([&case]).lines().nth(1).unwrap()),
            Err(why) => print!("{small:?}: {why}"),
        }
        println!(" {:?}", t.elapsed());
    }
    println!("{:?}", start.elapsed());
}
