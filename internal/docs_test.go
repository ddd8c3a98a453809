package internal_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// manual reads a file of the repository.
func manual(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// manuals lists the project's own Markdown files, relative to its root.
func manuals(t *testing.T) []string {
	t.Helper()
	var list []string
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && path != ".." && (entry.Name() == "vendor" || strings.HasPrefix(entry.Name(), ".")) {
			return fs.SkipDir
		}
		if strings.HasSuffix(path, ".md") {
			list = append(list, strings.TrimPrefix(filepath.ToSlash(path), "../"))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"README.md", "docs/json.md"} {
		if !slices.Contains(list, name) {
			t.Fatalf("%s is not among the manuals %v", name, list)
		}
	}
	return list
}

var (
	link     = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	codeSpan = regexp.MustCompile("`([^`\n]+)`")
)

func TestRelativeLinksLeadSomewhere(t *testing.T) {
	for _, name := range manuals(t) {
		for _, found := range link.FindAllStringSubmatch(manual(t, name), -1) {
			target, _, _ := strings.Cut(found[1], "#")
			if target == "" || strings.Contains(target, "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join("..", filepath.Dir(name), target)); err != nil {
				t.Errorf("%s links to %s, which does not exist", name, found[1])
			}
		}
	}
}

// table returns the cells of the rows of the table whose header begins with that cell.
func table(text, header string) [][]string {
	var rows [][]string
	inside := false
	for line := range strings.Lines(text) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), " | ")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		switch {
		case !strings.HasPrefix(line, "|"):
			inside = false
		case cells[0] == header:
			inside = true
		case inside && !strings.HasPrefix(cells[0], "---"):
			rows = append(rows, cells)
		}
	}
	return rows
}

func TestTheReadmeNamesEveryKeyOfTheConfigAndNoOther(t *testing.T) {
	var schema map[string]any
	if err := json.Unmarshal([]byte(manual(t, "docs/config.schema.json")), &schema); err != nil {
		t.Fatal(err)
	}
	keys := schemaKeys(schema, schema, "")
	if !slices.Contains(keys, "projects[].instances[].excludeDevices[]") || !slices.Contains(keys, "retention.hosts.target.projects.NAME.volumes.byName.NAME") {
		t.Fatalf("the schema was not read whole: %q", keys)
	}
	rows := map[string]string{} // meaning by key
	for _, row := range table(manual(t, "README.md"), "key") {
		rows[strings.Trim(row[0], "`")] = row[1]
	}
	for _, key := range keys {
		if !documented(rows, key) {
			t.Errorf("README.md does not name the config key %s", key)
		}
	}
	for row := range rows {
		if !slices.ContainsFunc(keys, func(key string) bool { return key == row || strings.HasPrefix(key, row+".") }) {
			t.Errorf("README.md names %s, which is no key of the config", row)
		}
	}
}

// documented tells whether a row is about the key, or about what holds it and names it.
func documented(rows map[string]string, key string) bool {
	key = strings.TrimSuffix(strings.TrimSuffix(key, "[]"), ".NAME")
	leaf := key[strings.LastIndex(key, ".")+1:]
	for row, meaning := range rows {
		if row == key || row == key+"[]" || strings.HasPrefix(row, key+".") {
			return true
		}
		if strings.HasPrefix(key, row+".") && strings.Contains(meaning, "`"+leaf+"`") {
			return true
		}
	}
	return false
}

// schemaKeys lists the paths of all values that a schema describes; NAME stands for a key that the user chooses.
func schemaKeys(root, node map[string]any, path string) []string {
	if ref, ok := node["$ref"].(string); ok {
		node = root["$defs"].(map[string]any)[ref[strings.LastIndex(ref, "/")+1:]].(map[string]any)
	}
	var keys []string
	if properties, ok := node["properties"].(map[string]any); ok {
		for key, below := range properties {
			keys = append(keys, schemaKeys(root, below.(map[string]any), strings.TrimPrefix(path+"."+key, "."))...)
		}
	}
	if items, ok := node["items"].(map[string]any); ok {
		keys = append(keys, schemaKeys(root, items, path+"[]")...)
	}
	if entries, ok := node["additionalProperties"].(map[string]any); ok {
		keys = append(keys, schemaKeys(root, entries, path+".NAME")...)
	}
	if len(keys) == 0 {
		keys = []string{path}
	}
	return keys
}

func TestTheExitCodesOfTheReadmeAreThoseOfTheHelp(t *testing.T) {
	_, help, ok := strings.Cut(newBinary(t).help(t), "Exit codes:\n")
	if !ok {
		t.Fatal("iab --help prints no exit codes")
	}
	row := regexp.MustCompile(`^ *(\d+)  (.+)$`)
	var want, got []string
	for line := range strings.Lines(help) {
		if found := row.FindStringSubmatch(strings.TrimSuffix(line, "\n")); found != nil {
			want = append(want, fmt.Sprint(found[1], " ", found[2]))
		}
	}
	for _, cells := range table(manual(t, "README.md"), "exit code") {
		got = append(got, cells[0]+" "+cells[1])
	}
	if diff := cmp.Diff(want, got); diff != "" || len(got) == 0 {
		t.Errorf("exit codes (-help +README.md):\n%s", diff)
	}
}

var testName = regexp.MustCompile(`\bTest[A-Z][A-Za-z0-9]*(…)?`)

func TestTestsThatTheManualsNameExist(t *testing.T) {
	defined := map[string]bool{}
	err := filepath.WalkDir(".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		for _, found := range regexp.MustCompile(`(?m)^func (Test\w+)\(t \*testing\.T\)`).FindAllStringSubmatch(manual(t, "internal/"+path), -1) {
			defined[found[1]] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	named := 0
	for _, file := range manuals(t) {
		for _, name := range testName.FindAllString(manual(t, file), -1) {
			named++
			beginning, open := strings.CutSuffix(name, "…")
			matches := func(test string) bool { return test == beginning || open && strings.HasPrefix(test, beginning) }
			if name != "TestName" && !slices.ContainsFunc(slices.Collect(maps.Keys(defined)), matches) {
				t.Errorf("%s names %s, which is no test", file, name)
			}
		}
	}
	if named < 20 {
		t.Errorf("only %d names of tests were found", named)
	}
}

func TestTheDesignGivesAReasonForEveryDirectDependency(t *testing.T) {
	_, required, _ := strings.Cut(manual(t, "go.mod"), "require (\n")
	required, _, _ = strings.Cut(required, ")")
	var want, got []string
	for line := range strings.Lines(required) {
		if fields := strings.Fields(line); len(fields) == 2 {
			want = append(want, fields[0])
		}
	}
	for _, row := range table(manual(t, "docs/design.md"), "module") {
		for _, span := range codeSpan.FindAllStringSubmatch(row[0], -1) {
			got = append(got, span[1])
		}
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" || len(want) == 0 {
		t.Errorf("direct dependencies (-go.mod +docs/design.md):\n%s", diff)
	}
}
