//! What the chains must meet: theory that does not come from the policy code.
use super::*;

#[test]
fn all() {
    for small in smalls() {
        let t = std::time::Duration::ZERO;
        let _ = t;
        match small.solve() {
            Ok(case) => print!("{}", table([&case]).lines().nth(1).unwrap()),
            Err(why) => print!("{small:?}: {why}"),
        }
        println!();
    }
}
