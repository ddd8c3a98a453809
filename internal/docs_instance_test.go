package internal_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestTheTableOfTheInstanceAPISaysWhatTheCodeCalls(t *testing.T) {
	paths, err := filepath.Glob("remote/*.go")
	if err != nil || len(paths) == 0 {
		t.Fatalf("the code was not found: %v", err)
	}
	var code strings.Builder
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		code.Write(data)
	}
	rows := table(manual(t, "docs/instance-api.md"), "call")
	if len(rows) < 14 {
		t.Fatalf("the table has only %d rows", len(rows))
	}
	for _, row := range rows {
		call := codeSpan.FindStringSubmatch(row[1])[1]
		pattern := `\.` + call + `\(`
		if strings.Contains(row[1], "UpdateInstanceState") {
			pattern = `Action: +"` + call + `"`
		}
		made := regexp.MustCompile(pattern).MatchString(code.String())
		if used := !strings.HasPrefix(row[2], "not used: "); used != made {
			t.Errorf("docs/instance-api.md says that %s is used: %t, and the code makes that call: %t", row[0], used, made)
		}
		if proven := len(row) > 3 && testName.MatchString(row[3]); proven != made {
			t.Errorf("docs/instance-api.md names a test of %s: %t, and the code makes that call: %t", row[0], proven, made)
		}
	}
}
