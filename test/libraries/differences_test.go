package libraries

// differences are the programs whose transcripts are known to differ, with the first command that is missing.
var differences = map[string]string{}
