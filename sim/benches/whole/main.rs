#![allow(missing_docs)]
mod reference;
fn main() {
    let a: Vec<String> = std::env::args().collect();
    println!(
        "{:?}",
        reference::simulate(&a[1], a[2].parse().unwrap(), a[3].parse().unwrap())
    );
}
