package remote

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/lxc/incus/v6/shared/api"
)

// meter adds up what the operations of one copy say about their progress: text such as "web1: 12.34MB (1.2MB/s)", one
// counter for each snapshot in its turn.
type meter struct {
	mu     sync.Mutex
	report func(int64)
	parts  map[string]int64 // bytes by the name of the part that is sent
	sum    int64
}

func (m *meter) see(op api.Operation) {
	for _, key := range progressKeys(op.Metadata) {
		if text, ok := op.Metadata[key].(string); ok {
			if part, bytes, ok := parseProgress(text); ok {
				m.add(part, bytes)
			}
		}
	}
}

// progressKeys lists the keys by which an operation tells how far it is.
func progressKeys(metadata map[string]any) []string {
	keys := slices.Sorted(maps.Keys(metadata))
	return slices.DeleteFunc(keys, func(key string) bool { return !strings.HasSuffix(key, "_progress") })
}

func (m *meter) add(part string, bytes int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.parts == nil {
		m.parts = map[string]int64{}
	}
	if bytes <= m.parts[part] {
		return
	}
	m.sum += bytes - m.parts[part]
	m.parts[part] = bytes
	if m.report != nil {
		m.report(m.sum)
	}
}

func (m *meter) total() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.sum
}

// progressUnits are the decimal units that Incus writes.
var progressUnits = []struct {
	suffix string
	bytes  float64
}{{"EB", 1e18}, {"PB", 1e15}, {"TB", 1e12}, {"GB", 1e9}, {"MB", 1e6}, {"kB", 1e3}, {"B", 1}}

// parseProgress reads "NAME: 12.34MB (1.20MB/s)".
func parseProgress(text string) (part string, bytes int64, ok bool) {
	i := strings.LastIndex(text, ": ")
	if i < 0 {
		return "", 0, false
	}
	size, _, _ := strings.Cut(text[i+2:], " ")
	for _, unit := range progressUnits {
		if number, found := strings.CutSuffix(size, unit.suffix); found {
			value, err := strconv.ParseFloat(number, 64)
			return text[:i], int64(value * unit.bytes), err == nil && value >= 0
		}
	}
	return "", 0, false
}
