//! Answers as servers have been seen to write them, cut anywhere.

use firesteel_model::{Error, Model, Priority};
use firesteel_prompt::Question;
use firesteel_testkit::http::Answer;

use super::{chat, fim, outcome, serve, spec, with};

/// What is asked in a case.
#[derive(Clone, Copy, PartialEq)]
enum Asked {
    Hole,
    Talk,
}

/// How an answer ends: whether at a limit, with its tokens in and out; or with which error.
type Expected = Result<(bool, Option<(u64, u64)>), fn(&Error) -> bool>;

/// One answer and what comes of it.
struct Case {
    preset: &'static str,
    asked: Asked,
    media_type: &'static str,
    body: &'static str,
    text: &'static str,
    end: Expected,
}

const SSE: &str = "text/event-stream";
const NDJSON: &str = "application/x-ndjson";
const JSON: &str = "application/json";

fn cases() -> Vec<Case> {
    use Asked::{Hole, Talk};
    let failed: fn(&Error) -> bool = |error| matches!(error, Error::Failed { .. });
    let lost: fn(&Error) -> bool = |error| matches!(error, Error::Disconnected { .. });
    let cut: fn(&Error) -> bool = |error| matches!(error, Error::CutShort { .. });
    let case = |preset, asked, media_type, body, text, end| Case {
        preset,
        asked,
        media_type,
        body,
        text,
        end,
    };
    vec![
        // llama.cpp: no [DONE], pings, an empty frame for the end token, the prompt in the last frame.
        case(
            "llama.cpp",
            Hole,
            SSE,
            ":\n\ndata: {\"index\":0,\"content\":\"let é\",\"tokens\":[263],\"stop\":false,\"id_slot\":-1}\n\n:\n\n\
             data: {\"content\":\" = 🦀;\",\"stop\":false}\n\ndata: {\"index\":0,\"content\":\"\",\"tokens\":[502],\"stop\":false}\n\n\
             data: {\"index\":0,\"content\":\"\",\"stop\":true,\"stop_type\":\"eos\",\"prompt\":\"<|fim_prefix|>\",\
             \"tokens_predicted\":22,\"tokens_evaluated\":42,\"timings\":{\"cache_n\":3}}\n\n",
            "let é = 🦀;",
            Ok((false, Some((42, 22)))),
        ),
        case(
            "llama.cpp",
            Hole,
            SSE,
            "data: {\"content\":\"a\",\"stop\":false}\n\ndata: {\"content\":\"\",\"stop\":true,\"stop_type\":\"limit\",\
             \"tokens_predicted\":1,\"tokens_evaluated\":2}\n\n",
            "a",
            Ok((true, Some((2, 1)))),
        ),
        // An error after three tokens.
        case(
            "llama.cpp",
            Hole,
            SSE,
            "data: {\"content\":\"a\",\"stop\":false}\n\ndata: {\"content\":\"b\",\"stop\":false}\n\n\
             data: {\"content\":\"c\",\"stop\":false}\n\ndata: {\"error\":{\"code\":500,\"message\":\"out of memory\",\"type\":\"server_error\"}}\n\n",
            "abc",
            Err(failed),
        ),
        // CRLF, and no space after the colon.
        case(
            "llama.cpp",
            Hole,
            SSE,
            "data:{\"content\":\"x\\ny\",\"stop\":false}\r\n\r\ndata:{\"content\":\"\",\"stop\":true,\"stop_type\":\"word\"}\r\n\r\n",
            "x\ny",
            Ok((false, Some((0, 0)))),
        ),
        // The stream ends without its end mark: a ghost text may use what there is.
        case(
            "llama.cpp",
            Hole,
            SSE,
            "data: {\"content\":\"let x\",\"stop\":false}\n\n",
            "let x",
            Ok((true, None)),
        ),
        // The last frame's empty line is missing.
        case(
            "llama.cpp",
            Hole,
            SSE,
            "data: {\"content\":\"let x\",\"stop\":false}\n\ndata: {\"content\":\";\",\"stop\":true,\"stop_type\":\"eos\"}\n",
            "let x;",
            Ok((false, Some((0, 0)))),
        ),
        // A frame that is no JSON is passed over.
        case(
            "llama.cpp",
            Hole,
            SSE,
            "data: {broken\n\ndata: {\"content\":\"x\",\"stop\":true,\"stop_type\":\"eos\"}\n\n",
            "x",
            Ok((false, Some((0, 0)))),
        ),
        // A server that does not stream.
        case(
            "llama.cpp",
            Hole,
            JSON,
            "{\"content\":\"whole\",\"stop\":true,\"stop_type\":\"eos\",\"tokens_predicted\":3,\"tokens_evaluated\":9}",
            "whole",
            Ok((false, Some((9, 3)))),
        ),
        // Ollama: lines, thoughts that are not shown, an error as the third line, a load.
        case(
            "ollama",
            Hole,
            NDJSON,
            "{\"model\":\"m\",\"response\":\"\",\"thinking\":\"hm\",\"done\":false}\n{\"response\":\"é🦀\",\"done\":false}\n\
             {\"response\":\"\",\"done\":true,\"done_reason\":\"stop\",\"prompt_eval_count\":7,\"eval_count\":2}\n",
            "é🦀",
            Ok((false, Some((7, 2)))),
        ),
        case(
            "ollama",
            Hole,
            NDJSON,
            "{\"response\":\"a\",\"done\":false}\n{\"response\":\"b\",\"done\":false}\n{\"error\":\"llama runner crashed\"}\n",
            "ab",
            Err(|error| matches!(error, Error::Refused { .. } | Error::Failed { .. })),
        ),
        case(
            "ollama",
            Hole,
            NDJSON,
            "{\"response\":\"a\",\"done\":false}\n{\"response\":\"\",\"done\":true,\"done_reason\":\"length\",\"eval_count\":1}",
            "a",
            Ok((true, Some((0, 1)))),
        ),
        // vLLM: usage in a frame without choices, a reason beside the reason.
        case(
            "vllm",
            Hole,
            SSE,
            "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"text\":\"let x\",\"logprobs\":null,\"finish_reason\":null,\"stop_reason\":null}]}\n\n\
             data: {\"choices\":[{\"index\":0,\"text\":\"\",\"finish_reason\":\"stop\",\"stop_reason\":151643}]}\n\n\
             data: {\"choices\":[],\"usage\":{\"prompt_tokens\":10,\"total_tokens\":14,\"completion_tokens\":4}}\n\ndata: [DONE]\n\n",
            "let x",
            Ok((false, Some((10, 4)))),
        ),
        case(
            "vllm",
            Hole,
            SSE,
            "data: {\"choices\":[{\"text\":\"a\",\"finish_reason\":\"length\"}]}\n\ndata: [DONE]\n\n",
            "a",
            Ok((true, None)),
        ),
        // LiteLLM: no reason before the end, then a frame without text; usage of zeros.
        case(
            "vllm",
            Hole,
            SSE,
            "data: {\"choices\":[{\"index\":0,\"text\":\"a\"}],\"usage\":{\"prompt_tokens\":0,\"completion_tokens\":0}}\n\n\
             data: {\"choices\":[{\"finish_reason\":\"length\",\"index\":0}]}\n\ndata: [DONE]\n\n",
            "a",
            Ok((true, None)),
        ),
        // Special tokens that a server writes out end the text, and are not shown.
        case(
            "vllm",
            Hole,
            SSE,
            "data: {\"choices\":[{\"text\":\"let x<|file\"}]}\n\ndata: {\"choices\":[{\"text\":\"_sep|>other.rs\"}]}\n\ndata: [DONE]\n\n",
            "let x",
            Ok((false, None)),
        ),
        // Codestral: a chat's deltas.
        case(
            "codestral",
            Hole,
            SSE,
            "data: {\"id\":\"f\",\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}]}\n\n\
             data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a + b\"},\"finish_reason\":null}]}\n\n\
             data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":3}}\n\ndata: [DONE]\n\n",
            "a + b",
            Ok((false, Some((5, 3)))),
        ),
        // Mercury: raw text with a warning.
        case(
            "mercury",
            Hole,
            SSE,
            "data: {\"object\":\"text_completion\",\"choices\":[{\"text\":\"a + b\",\"finish_reason\":null}],\"warning\":\"reset\"}\n\n\
             data: {\"choices\":[{\"text\":\"\",\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":3,\"cached_input_tokens\":2}}\n\ndata: [DONE]\n\n",
            "a + b",
            Ok((false, Some((5, 3)))),
        ),
        // DeepSeek: blank lines and comments while it waits, usage with the last text.
        case(
            "deepseek",
            Hole,
            SSE,
            "\n\n: keep-alive\n\n\n: keep-alive\n\ndata: {\"choices\":[{\"text\":\"x\",\"finish_reason\":\"stop\"}],\
             \"usage\":{\"prompt_tokens\":5,\"completion_tokens\":1,\"prompt_cache_hit_tokens\":4}}\n\ndata: [DONE]\n\n",
            "x",
            Ok((false, Some((5, 1)))),
        ),
        case(
            "deepseek",
            Hole,
            JSON,
            "\n\n\n\n{\"choices\":[{\"text\":\"x\",\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":1}}",
            "x",
            Ok((false, Some((5, 1)))),
        ),
        // OpenRouter: comments, and an error in the middle with a reason.
        case(
            "openrouter",
            Talk,
            SSE,
            ": OPENROUTER PROCESSING\n\ndata: {\"id\":\"g\",\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n\
             data: {\"error\":{\"code\":502,\"message\":\"Provider returned error\"},\"choices\":[{\"delta\":{\"content\":\"\"},\"finish_reason\":\"error\"}]}\n\n",
            "a",
            Err(failed),
        ),
        // Reasoning is never shown, and an empty or null content is none.
        case(
            "cerebras",
            Talk,
            SSE,
            "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":null}}]}\n\n\
             data: {\"choices\":[{\"delta\":{\"reasoning\":\"we need\"}}]}\n\ndata: {\"choices\":[{\"delta\":{\"reasoning_content\":\"to\"}}]}\n\n\
             data: {\"choices\":[{\"delta\":{\"content\":\"yes\"}}]}\n\ndata: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}],\
             \"usage\":{\"prompt_tokens\":3,\"completion_tokens\":9},\"time_info\":{}}\n\ndata: [DONE]\n\n",
            "yes",
            Ok((false, Some((3, 9)))),
        ),
        // An edit whose stream ends without its end mark must not be made.
        case(
            "groq",
            Talk,
            SSE,
            "data: {\"choices\":[{\"delta\":{\"content\":\"half\"}}]}\n\n",
            "half",
            Err(lost),
        ),
        case(
            "groq",
            Talk,
            SSE,
            "data: {\"choices\":[{\"delta\":{\"content\":\"no\"},\"finish_reason\":\"content_filter\"}]}\n\ndata: [DONE]\n\n",
            "no",
            Err(cut),
        ),
        // A finish without [DONE] is an end as well.
        case(
            "groq",
            Talk,
            SSE,
            "data: {\"choices\":[{\"delta\":{\"content\":\"all\"},\"finish_reason\":\"stop\"}]}\n\n",
            "all",
            Ok((false, None)),
        ),
        // A hole that was asked for by chat: fence and chatter are taken away.
        case(
            "groq",
            Hole,
            SSE,
            "data: {\"choices\":[{\"delta\":{\"content\":\"Here is it:\\n``\"}}]}\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"`rust\\na + b\\n```\\nDone.\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n",
            "a + b",
            Ok((false, None)),
        ),
        // Gemini: an array around the error, behind a 200.
        case(
            "gemini",
            Talk,
            JSON,
            "[{\"error\":{\"code\":500,\"message\":\"why\",\"status\":\"INTERNAL\"}}]",
            "",
            Err(failed),
        ),
        // LM Studio: an error behind a 200 for a route that it does not have.
        case(
            "lmstudio",
            Talk,
            JSON,
            "{\"error\":\"Unexpected endpoint or method. (POST /v1/chat/completions)\"}",
            "",
            Err(|error| matches!(error, Error::Refused { .. })),
        ),
        // Events under another name.
        case(
            "groq",
            Talk,
            JSON,
            "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"ll\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n",
            "all",
            Ok((false, None)),
        ),
        // Anthropic: events by name, pings, thoughts, usage in two pieces.
        case(
            "anthropic",
            Talk,
            SSE,
            "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg\",\"usage\":{\"input_tokens\":10,\"cache_read_input_tokens\":5,\"output_tokens\":1}}}\n\n\
             event: ping\ndata: {\"type\":\"ping\"}\n\n\
             data: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"thinking_delta\",\"thinking\":\"hm\"}}\n\n\
             data: {\"type\":\"content_block_start\",\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n\
             data: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"text_delta\",\"text\":\"fine\"}}\n\n\
             data: {\"type\":\"content_block_stop\"}\n\n\
             data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":7}}\n\n\
             data: {\"type\":\"message_stop\"}\n\n",
            "fine",
            Ok((false, Some((15, 7)))),
        ),
        case(
            "anthropic",
            Talk,
            SSE,
            "data: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"text_delta\",\"text\":\"fi\"}}\n\n\
             event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n",
            "fi",
            Err(|error| matches!(error, Error::Overloaded { .. })),
        ),
        case(
            "anthropic",
            Talk,
            SSE,
            "data: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"text_delta\",\"text\":\"fi\"}}\n\n\
             data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"max_tokens\"},\"usage\":{\"output_tokens\":7}}\n\n\
             data: {\"type\":\"message_stop\"}\n\n",
            "fi",
            Ok((true, Some((0, 7)))),
        ),
    ]
}

#[tokio::test]
async fn answers_are_read_however_they_are_cut() {
    for case in cases() {
        for size in [1, 2, 3, 7, 64, usize::MAX] {
            let (media_type, body) = (case.media_type, case.body);
            let server = serve(move |request| match request.path.as_str() {
                "/api/show" => Answer::json(200, r#"{"capabilities":["completion","insert"]}"#),
                "/api/ps" | "/v1/models" => Answer::json(404, r#"{"error":"not found"}"#),
                _ => Answer::stream(media_type, body).cut(size).close(),
            })
            .await;
            // One whose format is known.
            let spec = with(spec(&server, case.preset), |preset| {
                if case.preset == "vllm" {
                    "qwen2.5-coder".clone_into(&mut preset.name);
                }
            });
            let model = Model::connect(spec);
            let (question, priority) = match case.asked {
                Asked::Hole => (Question::Fim(fim()), Priority::Inline),
                Asked::Talk => (chat(), Priority::Hover),
            };
            let (text, end) = outcome(model.ask(&question, priority)).await;
            let shown = format!("{} in pieces of {size}: {end:?}\n{body}", case.preset);
            assert_eq!(text, case.text, "{shown}");
            match (&end, &case.end) {
                (Ok((truncated, usage)), Ok(expected)) => {
                    let usage = usage.map(|usage| (usage.input_tokens, usage.output_tokens));
                    let usage =
                        usage.filter(|usage| *usage != (0, 0) || expected.1 == Some((0, 0)));
                    assert_eq!((*truncated, usage), *expected, "{shown}");
                }
                (Err(error), Err(is_expected)) => assert!(is_expected(error), "{shown}"),
                _ => panic!("{shown}"),
            }
        }
    }
}

#[tokio::test]
async fn a_next_edit_comes_out_of_its_fence() {
    for (content, expected) in [
        ("```rust\\nfn x() {}\\n```", "fn x() {}"),
        ("```\\nfn x() {}\\n```", "fn x() {}"),
        ("fn x() {}", "fn x() {}"),
        ("", ""),
    ] {
        let body = format!(
            r#"{{"id":"e","object":"edit.completion","choices":[{{"index":0,"message":{{"role":"assistant","content":"{content}"}},"finish_reason":"stop"}}],"warning":"w"}}"#
        );
        let server = serve(move |_| Answer::json(200, &body)).await;
        let model = Model::connect(spec(&server, "mercury"));
        assert_eq!(super::talk(&model).await.as_deref(), Ok(expected));
        let request = &server.log().requests[0];
        assert_eq!(request.path, "/v1/edit/completions");
        let messages = request.body["messages"].as_array().expect("messages");
        assert_eq!((messages.len(), &messages[0]["role"]), (1, &"user".into()));
        assert!(request.body["stream"].is_null());
    }
}

#[tokio::test]
async fn an_answer_without_end_is_cut_off() {
    let long = "x".repeat(1 << 20);
    // One line that never ends, and one text that never ends.
    let line = Answer::sse(&[]).endless(&long);
    let text = Answer::sse(&[]).endless(&format!(
        "data: {{\"content\":\"{long}\",\"stop\":false}}\n\n"
    ));
    for answer in [line, text] {
        let server = serve(move |_| answer.clone()).await;
        let model = Model::connect(spec(&server, "llama.cpp"));
        let (read, end) = outcome(model.ask(&Question::Fim(fim()), Priority::Hover)).await;
        assert!(
            end.is_err() && read.len() <= 16 << 20,
            "{end:?} after {}",
            read.len()
        );
        server.wait(|log| log.open <= 1).await;
    }
}
