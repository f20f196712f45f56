"""Answers requests of tests here and of the command line, one JSON document a line, with transformers on PyTorch."""

import json
import sys

import torch
import transformers
from transformers import AutoTokenizer, GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

transformers.logging.set_verbosity_error()
torch.manual_seed(1)


def forward(model, ids):
    with torch.no_grad():
        return model.eval()(torch.tensor([ids])).logits[0].tolist()


def open_ours(request):
    """Logits, greedy ids and the tokenizer's ids of a folder of ours."""
    from transformers import AutoModelForCausalLM

    model, report = AutoModelForCausalLM.from_pretrained(request["folder"], output_loading_info=True)
    answer = {"class": type(model).__name__, "missing": sorted(report["missing_keys"])}
    answer["unexpected"] = sorted(report["unexpected_keys"])
    tokenizer = AutoTokenizer.from_pretrained(request["folder"])
    ids = tokenizer(request["text"])["input_ids"]
    greedy = list(ids)
    for _ in range(request["tokens"]):  # not generate(), which Debian's PyTorch 1.13 breaks on Python 3.11
        greedy.append(int(torch.tensor(forward(model, greedy)[-1]).argmax()))
    answer |= {"ids": ids, "logits": forward(model, ids), "greedy": greedy}
    return answer


def save_theirs(request):
    """A randomly initialized model, saved, and its logits."""
    configs = {"gpt2": (GPT2LMHeadModel, GPT2Config), "llama": (LlamaForCausalLM, LlamaConfig)}
    model_class, config_class = configs[request["family"]]
    model = model_class(config_class(**request["config"]))
    for parameter in model.parameters():  # biases and gains that matter
        parameter.data += 0.05 * torch.randn_like(parameter)
    model.save_pretrained(request["folder"], max_shard_size=request.get("shard", "5GB"), safe_serialization=True)
    return {"logits": forward(model, request["ids"])}


answers = {"open": open_ours, "save": save_theirs}
for line in sys.stdin:
    request = json.loads(line)
    print(json.dumps(answers[request["do"]](request)), flush=True)
