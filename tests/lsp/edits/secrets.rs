//! Secrets in edits: what the model is not shown stays where it stands, and no placeholder reaches a file.

use super::Scene;

const KEY: &str = "sk-abcdefghij0123456789";
const PASSWORD: &str = "correct-horse-7-battery";
const PEM: &str = "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEAx1J5sYq2Lm0vN8dQw3eRtYuIoPaSdFgHjKlZxCvBnM1234567\nq9W8e7R6t5Y4u3I2o1P0aSdFgHjKlZxCvBnMqWeRtYuIoPlKjHgFdSaZxCvBnM98\n-----END RSA PRIVATE KEY-----";

/// What becomes of a Python file by the answer `answer`, in which `{1}` and so on are the placeholders of its secrets, and
/// what is said in the end.
async fn answered(file: &str, answer: &str) -> (String, String) {
    let placed = |text: &str| {
        (1..=3).fold(text.to_owned(), |text, number| {
            text.replace(
                &format!("{{{number}}}"),
                &format!("REDACTED_SECRET_{number}"),
            )
        })
    };
    let scene = Scene::new(&[&placed(answer)]).await;
    let uri = scene.open("a.py", file);
    scene.instruct(&uri, "Change it").await;
    let said = scene.end().await;
    let sent = scene.model.log().requests[0].body.to_string();
    for secret in [KEY, PASSWORD, "MIIEow", "q9W8e7R6"] {
        assert!(!sent.contains(secret), "{secret} was sent: {sent}");
    }
    let text = scene.editor.text(&uri);
    let landed = std::fs::read_dir(scene.root.path()).unwrap().count();
    assert_eq!(landed, 0, "a file was made");
    scene.finish().await;
    (text, said)
}

fn connect() -> String {
    format!(
        "def connect():$0\n    key = \"{KEY}\"\n    url = \"postgres://bob:{PASSWORD}@db/x\"\n    return open_at(key, url)\n"
    )
}

/// The file afterwards is `expected`, where it is given; else it is as it was, and the reason says why.
#[track_caller]
fn judge((text, said): (String, String), file: &str, expected: Option<String>) {
    match expected {
        Some(expected) => assert_eq!(text, expected, "{said}"),
        None => {
            assert_eq!(text, file.replace("$0", ""), "{said}");
            assert!(said.contains("a secret"), "{said}");
        }
    }
    assert!(!text.contains("REDACTED"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_changes_something_else_leaves_every_secret_as_it_is() {
    let file = connect();
    let answer = "def connect(timeout):\n    key = \"{1}\"\n    url = \"postgres://bob:{2}@db/x\"\n    return open_at(key, url, timeout)\n";
    let expected = file
        .replace("$0", "")
        .replace("connect()", "connect(timeout)")
        .replace("(key, url)", "(key, url, timeout)");
    judge(answered(&file, answer).await, &file, Some(expected));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_put_back_on_its_own_line_also_where_that_changes() {
    let file = connect();
    let answer = "def connect():\n    api_key = \"{1}\"\n    url = \"postgres://bob:{2}@db/x\"\n    return open_at(api_key, url)\n";
    let expected = file
        .replace("$0", "")
        .replace("    key =", "    api_key =")
        .replace("(key, url)", "(api_key, url)");
    judge(answered(&file, answer).await, &file, Some(expected));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_is_moved_copied_or_changed_stays_and_nothing_lands_in_its_place() {
    let file = connect();
    for answer in [
        // Exchanged.
        "def connect():\n    key = \"{2}\"\n    url = \"postgres://bob:{1}@db/x\"\n    return open_at(key, url)\n",
        // Copied into another line.
        "def connect():\n    key = \"{1}\"\n    url = \"postgres://bob:{2}@db/x\"\n    # the key is {1}\n    return open_at(key, url)\n",
        // Moved below.
        "def connect():\n    url = \"postgres://bob:{2}@db/x\"\n    return open_at(\"{1}\", url)\n",
        // Another one, which is none.
        "def connect():\n    key = \"{3}\"\n    url = \"postgres://bob:{2}@db/x\"\n    return open_at(key, url)\n",
        // Split, cut short, in another case.
        "def connect():\n    key = \"REDACTED_\" + \"SECRET_1\"\n    url = \"postgres://bob:{2}@db/x\"\n    return open_at(key, url)\n",
        "def connect():\n    key = \"REDACTED_SECRET_\"\n    url = \"postgres://bob:{2}@db/x\"\n    return open_at(key, url)\n",
        "def connect():\n    key = \"redacted_secret_1\"\n    url = \"postgres://bob:{2}@db/x\"\n    return open_at(key, url)\n",
        // Into a new file.
        "<<<<<<< CREATE settings.py\nKEY = \"{1}\"\n>>>>>>> CREATE\n",
    ] {
        let (text, said) = answered(&file, answer).await;
        let kept = [KEY, PASSWORD].map(|secret| text.matches(secret).count());
        assert_eq!(kept, [1, 1], "{answer}\n->\n{text}");
        assert!(text.contains(&format!("key = \"{KEY}\"")), "{text}");
        assert!(text.contains(&format!("bob:{PASSWORD}@")), "{text}");
        assert!(!text.to_lowercase().contains("redacted"), "{text}");
        assert!(said.contains("a secret"), "{answer}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_block_is_one_and_stays_whole() {
    let file = format!("def key():$0\n    pem = \"\"\"{PEM}\"\"\"\n    return load(pem)\n");
    let answer = "def key(password):\n    pem = \"\"\"{1}\"\"\"\n    return load(pem, password)\n";
    let expected = file
        .replace("$0", "")
        .replace("key()", "key(password)")
        .replace("load(pem)", "load(pem, password)");
    judge(answered(&file, answer).await, &file, Some(expected));
    // Its line may not be indented otherwise: its own lines are not the model's to move.
    let deeper = "def key():\n    if True:\n        pem = \"\"\"{1}\"\"\"\n    return load(pem)\n";
    let (text, _) = answered(&file, deeper).await;
    assert!(text.contains(PEM), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_with_a_secret_can_be_taken_away_on_purpose() {
    let file = connect();
    let answer = "def connect():\n    key = os.environ[\"KEY\"]\n    url = \"postgres://bob:{2}@db/x\"\n    return open_at(key, url)\n";
    let expected = file
        .replace("$0", "")
        .replace(&format!("\"{KEY}\""), "os.environ[\"KEY\"]");
    judge(answered(&file, answer).await, &file, Some(expected));
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_are_found_by_their_placeholders() {
    let file = format!("{}\n\ndef other():\n    return 1\n", connect());
    let answer = "<<<<<<< SEARCH\n    key = \"{1}\"\n    url = \"postgres://bob:{2}@db/x\"\n=======\n    key = \"{1}\"\n    log.info(\"connecting\")\n    url = \"postgres://bob:{2}@db/x\"\n>>>>>>> REPLACE\n";
    let expected = file
        .replace("$0", "")
        .replace("    url =", "    log.info(\"connecting\")\n    url =");
    judge(answered(&file, answer).await, &file, Some(expected));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comment_about_a_secret_is_not_written() {
    let file = connect();
    let scene = Scene::new(&["\"\"\"Connects with REDACTED_SECRET_1.\"\"\""; 2]).await;
    let uri = scene.open("a.py", &file);
    scene.choose(&uri, "Document this").await;
    let said = scene.end().await;
    assert_eq!(scene.editor.text(&uri), file.replace("$0", ""));
    assert!(said.contains("a secret"), "{said}");
    scene.finish().await;
}
