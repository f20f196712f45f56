error: There is no checkpoint in r1. Give the folder of a run or of one of its checkpoints, train: tinyllm train, or import: tinyllm import --help
