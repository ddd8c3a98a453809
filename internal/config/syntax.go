package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// checkSyntax records why the data is not one JSON value, and reports whether it is.
func checkSyntax(data []byte, p *problems) bool {
	if len(bytes.TrimSpace(data)) == 0 {
		p.add("", hintMissing, "the file is empty")
		return false
	}
	var whole json.RawMessage
	err := json.Unmarshal(data, &whole)
	if err == nil {
		return true
	}
	at := len(data)
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) && !strings.Contains(err.Error(), "unexpected end") {
		at = int(syntax.Offset) - 1
	}
	line, column := position(data, at)
	p.add("", syntaxHint(data, at, err.Error()), "line %d, column %d: %s", line, column, err)
	return false
}

// position counts lines and characters from 1.
func position(data []byte, at int) (line, column int) {
	before := data[:at]
	start := bytes.LastIndexByte(before, '\n') + 1
	return bytes.Count(before, []byte("\n")) + 1, utf8.RuneCount(before[start:]) + 1
}

// syntaxHint knows the slips of people who write JSON by hand.
func syntaxHint(data []byte, at int, message string) string {
	if at >= len(data) {
		return "a closing quote, bracket or brace is missing"
	}
	before := bytes.TrimSpace(data[:at])
	after := data[at:]
	switch {
	case strings.Contains(message, "after top-level value"):
		return "the config is one object, and nothing may follow its closing brace"
	case bytes.HasSuffix(before, []byte(",")) && bytes.ContainsAny(after[:1], "]}"):
		return "remove the comma before it"
	case bytes.ContainsAny(after[:1], "/#"):
		return "JSON has no comments"
	case bytes.ContainsAny(after[:1], "'`"), bytes.HasPrefix(after, []byte("“")), bytes.HasPrefix(after, []byte("„")):
		return fmt.Sprintf("write strings in double quotes, %q", "like this")
	case strings.Contains(message, "after object key:value pair"), strings.Contains(message, "after array element"):
		return "a comma or a closing bracket is missing before it"
	case strings.Contains(message, "in string literal"):
		return "a closing quote is missing, or a character in the string needs a backslash before it"
	}
	return ""
}
