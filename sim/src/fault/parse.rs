//! Reading a [`Fault`] from its text.

use std::ops::RangeInclusive;
use std::str::FromStr;

use policy::time::Duration;
use workload::stretch::{Stretch, parse_factor, parse_span};
use workload::{Arguments, SpecError};

use super::spec::{Cold, Fault, Kind, Recurrence, Span};

/// Beyond these a factor is a slip of the pen, and times would leave the clock.
const FACTORS: RangeInclusive<f64> = 1e-3..=1e6;
/// How long `flap` is up and down unless it says.
const SECOND: Span = Span::Fixed(Duration(1_000_000_000));

/// What the kinds have in common: coming and going, and coming back cold.
macro_rules! form {
    ($kind:literal, $example:literal) => {
        concat!(
            $kind,
            "[,up=SPAN,down=SPAN[,together]][,stagger=SPAN], such as ",
            $example
        )
    };
}

/// Every kind, and how it is written.
const KINDS: [(&str, &str); 9] = [
    (
        "crash",
        "crash:TARGET@START[+DURATION][,stagger=SPAN][,cold=SPANxFACTOR], such as crash:3@10s+5s",
    ),
    (
        "flap",
        "flap:TARGET@START[+DURATION][,up=SPAN,down=SPAN][,together][,stagger=SPAN][,cold=SPANxFACTOR], such as flap:3@10s+1m,up=5s,down=exp:1s",
    ),
    (
        "slow",
        form!("slow:TARGET@START[+DURATION]xFACTOR", "slow:2@10s+20sx10"),
    ),
    (
        "pause",
        form!("pause:TARGET@START[+DURATION]", "pause:0-3@10s+200ms"),
    ),
    (
        "blackhole",
        form!("blackhole:TARGET@START[+DURATION]", "blackhole:25%@10s+20s"),
    ),
    (
        "failfast",
        form!(
            "failfast:TARGET@START[+DURATION][,p=SHARE]",
            "failfast:0/4@10s+20s"
        ),
    ),
    (
        "errors",
        form!(
            "errors:TARGET@START[+DURATION],p=SHARE",
            "errors:all@10s+20s,p=0.05"
        ),
    ),
    (
        "drain",
        "drain:TARGET@START[+DURATION][,up=SPAN,down=SPAN[,together]][,stagger=SPAN][,cold=SPANxFACTOR], such as \
         drain:all@10s+1s,stagger=2s",
    ),
    (
        "join",
        "join:TARGET@START[+DURATIONxFACTOR][,stagger=SPAN], such as join:4@30s+20sx5",
    ),
];

impl Fault {
    /// Every kind, one example each.
    pub const FORMS: &'static str = "crash:3@10s+5s flap:3@10s+1m,up=5s,down=exp:1s slow:2@10s+20sx10 \
        pause:0-3@10s+200ms blackhole:25%@10s+20s failfast:0/4@10s+20s errors:all@10s+20s,p=0.05 \
        drain:all@10s+1s,stagger=2s join:4@30s+20sx5";

    /// Reads several, separated by commas.
    pub fn list(text: &str) -> Result<Vec<Fault>, SpecError> {
        let mut items: Vec<String> = Vec::new();
        for part in text.split(',') {
            match items.last_mut() {
                // What says no time of its own is an option of what came before.
                Some(item) if !part.contains('@') => *item = format!("{item},{part}"),
                _ => items.push(part.trim().to_owned()),
            }
        }
        items.iter().map(|item| item.parse()).collect()
    }
}

impl FromStr for Fault {
    type Err = SpecError;

    fn from_str(spec: &str) -> Result<Fault, SpecError> {
        let (name, rest) = spec.split_once(':').unwrap_or((spec, ""));
        let name = name.trim();
        let Some((_, form)) = KINDS.iter().find(|(kind, _)| *kind == name) else {
            return Err(SpecError::new(format!(
                "`{spec}` is not a fault; write one of {}",
                Fault::FORMS
            )));
        };
        let (head, options) = match rest.split_once(',') {
            // An empty option rather than none, so that it is refused.
            Some((head, "")) => (head, ","),
            Some((head, options)) => (head, options),
            None => (rest, ""),
        };
        let mut arguments = Arguments::new(spec, options, form);
        let Some((targets, stretch)) = head.split_once('@') else {
            return Err(arguments.refuse("its target and start, TARGET@START, are missing"));
        };
        let targets = targets.parse().map_err(|error| arguments.refuse(error))?;
        let stretch = Stretch::parse(stretch).map_err(|error| arguments.refuse(error))?;
        let kind = kind(name, stretch, &mut arguments)?;
        let mut fault = Fault {
            kind,
            targets,
            begins: stretch.begins,
            lasts: stretch.lasts,
            recurs: recurrence(name, &mut arguments)?,
            cold: cold(kind, stretch, &mut arguments)?,
            stagger: stagger(&mut arguments)?,
        };
        arguments.finish()?;
        if kind == Kind::Join {
            fault.lasts = None;
        }
        let comes_back = kind == Kind::Join || fault.lasts.is_some() || fault.recurs.is_some();
        arguments.require(
            fault.cold.is_none() || comes_back,
            "`cold=` needs a +DURATION, after which it is back and cold, as crash:3@10s+5s,cold=5sx4 has",
        )?;
        Ok(fault)
    }
}

fn kind(name: &str, stretch: Stretch, arguments: &mut Arguments<'_>) -> Result<Kind, SpecError> {
    let takes_factor = matches!(name, "slow" | "join");
    arguments.require(
        takes_factor || stretch.factor.is_none(),
        "a factor is not expected",
    )?;
    Ok(match name {
        "slow" => match stretch.factor {
            Some(factor) => Kind::Slow {
                factor: sane(factor, arguments)?,
            },
            None => return Err(arguments.refuse("its factor is missing")),
        },
        "pause" => Kind::Pause,
        "blackhole" => Kind::Blackhole,
        "failfast" => Kind::FailFast {
            p: match arguments.optional("p") {
                Some(text) => probability(text, arguments)?,
                None => 1.0,
            },
        },
        "errors" => {
            let text = arguments.named("p")?;
            Kind::Errors {
                p: probability(text, arguments)?,
            }
        }
        "drain" => Kind::Drain,
        "join" => Kind::Join,
        _ => Kind::Crash,
    })
}

fn sane(factor: f64, arguments: &Arguments<'_>) -> Result<f64, SpecError> {
    match FACTORS.contains(&factor) {
        true => Ok(factor),
        // Of what is that large or small nobody wants to read all digits.
        false if !(1e-9..1e9).contains(&factor) && factor != 0.0 => {
            Err(arguments.refuse(format!("x{factor:e} is not a factor of 0.001 to 1e6")))
        }
        false => Err(arguments.refuse(format!("x{factor} is not a factor of 0.001 to 1e6"))),
    }
}

/// `0.5` or `50%`.
fn probability(text: &str, arguments: &Arguments<'_>) -> Result<f64, SpecError> {
    let p = match text.strip_suffix('%') {
        // Shifted by two places as text, which rounds once: 5% is 0.05.
        Some(percent) => format!("{}e-2", percent.trim_end()).parse::<f64>(),
        None => text.parse::<f64>(),
    };
    match p {
        Ok(p) if p > 0.0 && p <= 1.0 => Ok(p),
        _ => Err(arguments.refuse(format!(
            "`p={text}` is not a probability of more than 0 up to 1, or 100%"
        ))),
    }
}

/// `up=`, `down=` and `together`.
fn recurrence(name: &str, arguments: &mut Arguments<'_>) -> Result<Option<Recurrence>, SpecError> {
    if name == "join" {
        return Ok(None);
    }
    let (up, down) = (arguments.optional("up"), arguments.optional("down"));
    let together = arguments.flag("together");
    if name != "flap" && up.is_none() && down.is_none() {
        let problem = "only what comes and goes (up=, down=) does so together or apart";
        return arguments.require(!together, problem).map(|()| None);
    }
    let span = |text: Option<&str>, key: &str| match text {
        Some(text) => span(text).map_err(|error| arguments.refuse(error)),
        None if name == "flap" => Ok(SECOND),
        None => Err(arguments.refuse(format!("`{key}=` is missing"))),
    };
    Ok(Some(Recurrence {
        up: span(up, "up")?,
        down: span(down, "down")?,
        together,
    }))
}

fn span(text: &str) -> Result<Span, SpecError> {
    match text.split_once(':') {
        None => parse_span(text).map(Span::Fixed),
        Some((name, mean)) if name.trim() == "exp" => parse_span(mean).map(Span::Exponential),
        Some(_) => Err(SpecError::new(format!(
            "`{text}` is not a span, which is 1s or exp:1s"
        ))),
    }
}

fn stagger(arguments: &mut Arguments<'_>) -> Result<Option<Duration>, SpecError> {
    let text = arguments.optional("stagger");
    text.map(|text| parse_span(text).map_err(|error| arguments.refuse(error)))
        .transpose()
}

/// `cold=SPANxFACTOR`, or what stands behind the start of a `join`.
fn cold(
    kind: Kind,
    stretch: Stretch,
    arguments: &mut Arguments<'_>,
) -> Result<Option<Cold>, SpecError> {
    let option = match kind {
        Kind::Crash | Kind::Drain | Kind::Join => arguments.optional("cold"),
        _ => return Ok(None),
    };
    let (within, factor) = match (option, stretch.lasts, stretch.factor) {
        (Some(text), lasts, factor) => {
            let twice = kind == Kind::Join && (lasts.is_some() || factor.is_some());
            arguments.require(!twice, "it says twice how it warms up")?;
            let Some((within, factor)) = text.split_once('x') else {
                return Err(arguments.refuse(format!("`cold={text}` has no xFACTOR")));
            };
            let refuse = |error| arguments.refuse(error);
            (
                parse_span(within).map_err(refuse)?,
                parse_factor(factor).map_err(refuse)?,
            )
        }
        (None, Some(within), Some(factor)) if kind == Kind::Join => (within, factor),
        (None, None, None) => return Ok(None),
        (None, ..) if kind == Kind::Join => {
            return Err(arguments.refuse("warming up needs both +DURATION and xFACTOR"));
        }
        (None, ..) => return Ok(None),
    };
    let factor = sane(factor, arguments)?;
    Ok(Some(Cold { within, factor }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::Targets;
    use policy::time::Instant;
    use proptest::prelude::*;

    const NANOSECONDS: u64 = 1_000_000_000;

    fn fault(spec: &str) -> Fault {
        spec.parse().unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn every_listed_form_is_read_and_written_back() {
        for form in Fault::FORMS.split_whitespace() {
            assert_eq!(fault(form).to_string(), form);
        }
        for (_, form) in KINDS {
            let (_, example) = form.split_once(", such as ").unwrap();
            assert_eq!(fault(example).to_string(), example);
        }
    }

    #[test]
    fn every_part_is_understood() {
        let flapping = fault("flap:25%@10s+1m,cold=5sx4,down=exp:2s,together");
        let expected = Fault {
            kind: Kind::Crash,
            targets: Targets::Share(25.0),
            begins: Instant(10 * NANOSECONDS),
            lasts: Some(Duration(60 * NANOSECONDS)),
            recurs: Some(Recurrence {
                up: SECOND,
                down: Span::Exponential(Duration(2 * NANOSECONDS)),
                together: true,
            }),
            stagger: None,
            cold: Some(Cold {
                within: Duration(5 * NANOSECONDS),
                factor: 4.0,
            }),
        };
        assert_eq!(flapping, expected);
        assert_eq!(fault("slow:0@1sx0.5").kind, Kind::Slow { factor: 0.5 });
        assert_eq!(fault("failfast:0@1s").kind, Kind::FailFast { p: 1.0 });
        assert_eq!(fault("errors:0@1s,p=0.25").kind, Kind::Errors { p: 0.25 });
        assert_eq!(fault("join:0@1s").cold, None);
    }

    #[test]
    fn what_is_the_same_is_written_the_same() {
        for (spec, written) in [
            ("crash:1@2s,up=1s,down=3s", "flap:1@2s,up=1s,down=3s"),
            ("flap:1@2s", "flap:1@2s,up=1s,down=1s"),
            ("join:1@2s,cold=5sx4", "join:1@2s+5sx4"),
            ("failfast:1@2s,p=1", "failfast:1@2s"),
            ("failfast:1@2s,p=100%", "failfast:1@2s"),
            ("errors:1@2s,p=0.1 %", "errors:1@2s,p=0.001"),
            ("errors:1@2s,p=29%", "errors:1@2s,p=0.29"),
            (" slow : 1 @ 2000ms x 3 ", "slow:1@2sx3"),
        ] {
            assert_eq!(fault(spec).to_string(), written);
            assert_eq!(fault(written), fault(spec));
        }
    }

    #[test]
    fn a_list_keeps_options_together() {
        let text = "flap:3@10s,up=5s,together, slow:2@10sx10,errors:all@1s,p=0.05";
        let kinds: Vec<Kind> = Fault::list(text)
            .unwrap()
            .iter()
            .map(|fault| fault.kind)
            .collect();
        let slow = Kind::Slow { factor: 10.0 };
        assert_eq!(kinds, [Kind::Crash, slow, Kind::Errors { p: 0.05 }]);
        assert!(Fault::list("").is_err());
    }

    #[test]
    fn refusals_say_what_where_and_what_is_allowed() {
        for (spec, why) in [
            ("", "`` is not a fault; write one of crash:3@10s+5s flap:"),
            ("crush:3@10s", "`crush:3@10s` is not a fault"),
            (
                "crash",
                "TARGET@START, are missing; write crash:TARGET@START",
            ),
            ("crash:3", "TARGET@START, are missing"),
            ("crash:x@10s", "`x` names no backends"),
            ("crash:3@10", "it has no unit"),
            ("crash:3@10s+0s", "no time at all"),
            ("crash:3@9000h", "more than a year"),
            ("crash:3@10sx2", "a factor is not expected"),
            ("crash:3@10s,", "`` is not expected"),
            ("crash:3@10s,p=1", "`p=1` is not expected"),
            (
                "crash:3@10s,cold=5sx4",
                "`cold=` needs a +DURATION, after which it is back and cold, as crash:3@10s+5s,cold=5sx4 has; write",
            ),
            ("crash:3@10s+5s,cold=5s", "`cold=5s` has no xFACTOR"),
            (
                "crash:3@10s+5s,cold=5sx1e7",
                "x10000000 is not a factor of 0.001 to 1e6",
            ),
            ("crash:3@10s+5s,together", "only what comes and goes"),
            ("slow:3@10s", "its factor is missing"),
            ("slow:3@10sx0", "x0 is not a factor of 0.001"),
            ("slow:3@10sx1e300", ": x1e300 is not a factor"),
            ("slow:3@10sx1e-300", ": x1e-300 is not a factor"),
            ("slow:3@10sx2,cold=5sx4", "`cold=5sx4` is not expected"),
            ("pause:3@10s,up=1s", "`down=` is missing"),
            ("pause:3@10s,up=1s,down=0s", "no time at all"),
            ("pause:3@10s,up=1s,down=gamma:1s", "which is 1s or exp:1s"),
            ("pause:3@10s,up=1s,up=1s,down=1s", "`up=1s` is not expected"),
            ("failfast:3@10s,p=0", "`p=0` is not a probability"),
            ("errors:3@10s", "`p=` is missing"),
            ("errors:3@10s,p=1.5", "of more than 0 up to 1"),
            ("errors:3@10s,p=NaN", "is not a probability"),
            ("errors:3@10s,p=NaN%", "is not a probability"),
            ("errors:3@10s,p=%", "is not a probability"),
            ("errors:3@10s,p=0%", "is not a probability"),
            ("errors:3@10s,p=101%", "is not a probability"),
            ("errors:3@10s,p=5%%", "is not a probability"),
            ("join:3@10s+5s", "both +DURATION and xFACTOR"),
            ("join:3@10s+5sx4,cold=5sx4", "says twice"),
            ("join:3@10s,up=1s,down=1s", "`up=1s` is not expected"),
        ] {
            let sentence = spec.parse::<Fault>().unwrap_err().to_string();
            assert!(sentence.contains(why), "{spec}: {sentence}");
            assert!(sentence.contains(&format!("`{spec}`")), "{sentence}");
        }
    }

    #[test]
    fn a_backend_that_is_none_is_refused_by_its_fault() {
        let sentence = fault("slow:0/4@1sx2").check(4).unwrap_err().to_string();
        assert_eq!(
            sentence,
            "`slow:0/4@1sx2`: `0/4`: there is no backend 4; allowed are 0 to 3"
        );
    }

    proptest! {
        #[test]
        fn what_is_read_is_written_and_read_back(
            kind in "(crash|flap|slow|pause|blackhole|failfast|errors|join)",
            target in "([0-9]{1,3}|[0-2]-[3-9]|[0-9]/[0-9]|[1-9][0-9]?(\\.[0-9]{1,3})?%|all)",
            stretch in "[0-9]{1,4}(ns|us|ms|s|m)(\\+[1-9][0-9]{0,5}(us|ms|s))?(x[1-9](\\.[0-9]{1,3})?)?",
            options in prop::collection::vec("(p=0\\.[0-9]|up=[0-9]s|down=exp:[0-9]ms|together|cold=[1-9]sx[0-9])", 0..4),
        ) {
            let mut spec = format!("{kind}:{target}@{stretch}");
            options.iter().for_each(|option| spec = format!("{spec},{option}"));
            if let Ok(fault) = spec.parse::<Fault>() {
                prop_assert_eq!(fault.to_string().parse(), Ok(fault));
            }
        }

        #[test]
        fn no_text_panics(text in ".{0,40}", near in "(crash|slow|join)?:?[0-9a-z/%-]{0,4}@?[0-9a-z.+=,:x-]{0,20}") {
            for text in [text, near] {
                let _ = text.parse::<Fault>();
                let _ = Fault::list(&text);
            }
        }
    }
}
