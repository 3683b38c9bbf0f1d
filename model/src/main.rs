//! placeholder
fn main() {
    for property in model::property::all() {
        let start = std::time::Instant::now();
        if property.loom.is_some() {
            let report = model::check::under_loom(&property, property.bounds.quick, None);
            println!("{property} {report} {:?}", start.elapsed());
        }
        if std::env::args().count() > 1 && property.shuttle.is_some() {
            for scheduler in model::check::Scheduler::ALL {
                let report = model::check::under_shuttle(&property, scheduler, 1000, 1);
                println!("{property} {report} {:?}", start.elapsed());
            }
        }
        if property.native.is_some() {
            println!("{}", model::check::under_stress(&property, 1000));
        }
    }
}
