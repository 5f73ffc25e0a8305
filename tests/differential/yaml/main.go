// Prints what kubectl makes of each input: the objects of the stream, or the error it stops at.
//
// Standard input has a JSON string a line; standard output has a JSON object for each.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"strings"

	numbers "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/apimachinery/pkg/util/yaml"
)

// What `kubectl apply -f` looks at to tell JSON from YAML.
const lookAhead = 4096

type answer struct {
	Input     string `json:"input"`
	Documents []any  `json:"documents"`
	Error     string `json:"error,omitempty"`
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<26)
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	for lines.Scan() {
		var input string
		if err := json.Unmarshal(lines.Bytes(), &input); err != nil {
			panic(err)
		}
		documents, err := read(input)
		reply := answer{Input: input, Documents: documents}
		if err != nil {
			reply.Error = err.Error()
		}
		if err := out.Encode(reply); err != nil {
			panic(err)
		}
	}
}

// The way of kubectl's StreamVisitor, and of the decoder of unstructured objects behind it.
func read(input string) ([]any, error) {
	documents := []any{}
	decoder := yaml.NewYAMLOrJSONDecoder(strings.NewReader(input), lookAhead)
	for {
		var raw json.RawMessage
		err := decoder.Decode(&raw)
		if err == io.EOF {
			return documents, nil
		}
		if err != nil {
			return documents, err
		}
		raw = bytes.TrimSpace(raw)
		if len(raw) == 0 || bytes.Equal(raw, []byte("null")) {
			continue
		}
		var value any
		if err := numbers.Unmarshal(raw, &value); err != nil {
			return documents, err
		}
		documents = append(documents, value)
	}
}
