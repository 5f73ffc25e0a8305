// Prints what the API server's validators say of each text in a file: a line of JSON for each format and text.
//
// The first argument is a file with one JSON object a line: {"format": "ipv4", "text": "10.0.0.1"}.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"k8s.io/kube-openapi/pkg/validation/strfmt"
)

type row struct {
	Format string `json:"format"`
	Text   string `json:"text"`
	Valid  bool   `json:"valid"`
}

func main() {
	file, err := os.Open(os.Args[1])
	if err != nil {
		panic(err)
	}
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	for lines.Scan() {
		var r row
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			panic(fmt.Sprintf("%s: %v", lines.Text(), err))
		}
		r.Valid = strfmt.Default.Validates(r.Format, r.Text)
		if err := out.Encode(r); err != nil {
			panic(err)
		}
	}
}
