use super::*;

const KNOWN: [&str; 7] = [
    "workers", "upstream", "exec", "pin", "log", "retry-on", "seed",
];

fn read(parse: Parser, name: &str, text: &str) -> Result<Vec<(String, String)>, String> {
    let known = KNOWN.map(str::to_owned);
    let file = File {
        name,
        known: &known,
    };
    let entries = parse(text).map_err(|error| file.malformed(&error).to_string())?;
    let settings: Result<Vec<_>, _> = entries.iter().map(|entry| file.setting(entry)).collect();
    match settings {
        Ok(all) => Ok(all
            .into_iter()
            .map(|(key, given)| (key, given.text))
            .collect()),
        Err(failure) => Err(failure.to_string()),
    }
}

fn toml(text: &str) -> Result<Vec<(String, String)>, String> {
    read(super::toml::parse, "a.toml", text)
}

fn yaml(text: &str) -> Result<Vec<(String, String)>, String> {
    read(super::yaml::parse, "a.yaml", text)
}

#[test]
fn both_say_the_same() {
    let in_toml = "workers = 8\npin = true\nlog = \"info\"\nretry-on = []\nseed = 1.5e3\n\
                   exec = [\"a b\", \"{port}\"]\n\
                   [[upstream]]\naddress = \"a:1\"\nweight = 2.5\n[[upstream]]\naddress = \"b:2\"\ntls = true\n";
    let in_yaml = "workers: 8\npin: true\nlog: info\nretry-on: []\nseed: 1.5e3\n\
                   exec: [a b, '{port}']\n\
                   upstream:\n  - address: a:1\n    weight: 2.5\n  - address: b:2\n    tls: true\n";
    let sorted = |read: Result<Vec<(String, String)>, String>| {
        let mut all = read.unwrap();
        all.sort();
        all
    };
    let expected = [
        ("exec", "'a b' '{port}'"),
        ("log", "info"),
        ("pin", "true"),
        ("retry-on", "none"),
        ("upstream", "a:1*2.5,https://b:2"),
        ("workers", "8"),
    ];
    for all in [sorted(toml(in_toml)), sorted(yaml(in_yaml))] {
        let others: Vec<_> = all.iter().filter(|(key, _)| key != "seed").collect();
        for ((key, text), (found, is)) in expected.iter().zip(&others) {
            assert_eq!((*key, *text), (found.as_str(), is.as_str()));
        }
        let (_, seed) = all.iter().find(|(key, _)| key == "seed").unwrap();
        assert_eq!(spec::value::seed(seed), Ok(1_500));
    }
}

#[test]
fn plain_lists_and_nothing_at_all() {
    assert_eq!(toml("# nothing\n"), Ok(vec![]));
    assert_eq!(yaml("# nothing\n"), Ok(vec![]));
    assert_eq!(yaml(""), Ok(vec![]));
    let expected = Ok(vec![("upstream".to_owned(), "a:1,b:2".to_owned())]);
    assert_eq!(toml("upstream = [\"a:1\", \"b:2\"]"), expected);
    assert_eq!(yaml("upstream: [\"a:1\", \"b:2\"]"), expected);
    assert_eq!(yaml("upstream:\n- a:1\n- b:2\n"), expected);
}

#[test]
fn refusals_name_the_line_and_what_is_allowed() {
    for (text, sentence) in [
        (
            "\nworker = 8",
            "a.toml:2: `worker` is not a setting; one that is much like it is `workers`",
        ),
        (
            "\nRETRY_ON = 8",
            "a.toml:2: `RETRY_ON` is not a setting; one that is much like it is `retry-on`",
        ),
        (
            "colour = 1",
            "a.toml:1: `colour` is not a setting; a setting is a flag of --help",
        ),
        (
            "workers = [8]",
            "a.toml:1: workers: this is a list, but must be a number or text",
        ),
        (
            "workers = true",
            "a.toml:1: workers: this is true or false, but must be a number",
        ),
        (
            "pin = 1",
            "a.toml:1: pin: this is text or a number, but must be true or false",
        ),
        ("workers = 2024-01-01", "this is a date"),
        ("upstream = []", "a list with something in it"),
        (
            "upstream = [\n 1,\n [2]]",
            "a.toml:3: upstream: this is a list, but must be text",
        ),
        (
            "[[upstream]]\nweight = 1",
            "upstream: its address is missing",
        ),
        (
            "[[upstream]]\n\nport = 1",
            "a.toml:3: upstream: `port` is not known of one; allowed are address",
        ),
        (
            "[[upstream]]\naddress = true",
            "a.toml:2: upstream: address is true or false; ",
        ),
        ("workers = 1\nworkers = 2", "a.toml:2:1: duplicate key"),
        ("seed = 1\nworkers 8", "a.toml:2:9: "),
    ] {
        let found = toml(text).unwrap_err();
        assert!(found.contains(sentence), "{text}: {found}");
        assert!(!found.contains('\n'), "{found}");
    }
    for (text, sentence) in [
        (
            "\nworker: 8",
            "a.yaml:2: `worker` is not a setting; one that is much like it is `workers`",
        ),
        (
            "workers: [8]",
            "a.yaml:1: workers: this is a list, but must be a number or text",
        ),
        (
            "workers: true",
            "a.yaml:1: workers: this is true or false, but must be a number",
        ),
        (
            "pin: 1",
            "a.yaml:1: pin: this is text or a number, but must be true or false",
        ),
        (
            "seed: 1\nlog:\n",
            "log: this is nothing, but must be a number or text",
        ),
        ("upstream: []", "a list with something in it"),
        (
            "upstream:\n- 1\n- [2]",
            "a.yaml:3: upstream: this is a list, but must be text",
        ),
        ("upstream:\n- weight: 1", "upstream: its address is missing"),
        (
            "upstream:\n- address: a\n  port: 1",
            "a.yaml:3: upstream: `port` is not known of one",
        ),
        ("workers: 1\nworkers: 2", "a.yaml:2:"),
        (
            "seed: 1\n\tworkers: 8",
            "a.yaml:1:7: while scanning a plain scalar, found a tab",
        ),
        ("seed: 'a", "a.yaml:1:"),
        (
            "- 1\n- 2",
            "a.yaml:1:1: a file is a table of settings, and this is a list",
        ),
        ("seed: 1\n---\nseed: 2", "a.yaml:"),
    ] {
        let found = yaml(text).unwrap_err();
        assert!(found.contains(sentence), "{text}: {found}");
        assert!(!found.contains('\n'), "{found}");
    }
}

proptest::proptest! {
    #[test]
    fn no_text_panics(text in ".{0,60}", lines in "[a-z\\-:=\\[\\]{}'\"# \n,0-9&*]{0,80}") {
        for text in [text, lines] {
            let _ = toml(&text);
            let _ = yaml(&text);
        }
    }
}
