package hypervisor

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	libvirt "github.com/digitalocean/go-libvirt"
)

// bitmapLimit is VIR_DOMAIN_CPUMASK_LEN: how far a set of CPUs goes.
const bitmapLimit = 16384

// parseBitmap reads a set such as "0-3,^2,7", as virBitmapParse does, into
// ascending numbers.
func parseBitmap(text string) ([]int, error) {
	bad := func() error {
		return Errorf(FromNone, libvirt.ErrInvalidArg, "Failed to parse bitmap '%s'", text)
	}
	set := map[int]bool{}
	for _, part := range strings.Split(text, ",") {
		part = strings.TrimSpace(part)
		part, not := strings.CutPrefix(part, "^")
		first, last, isRange := strings.Cut(part, "-")
		from, err := strconv.Atoi(first)
		if err != nil || from >= bitmapLimit || not && (isRange || !set[from]) {
			return nil, bad()
		}
		to := from
		if isRange {
			if to, err = strconv.Atoi(last); err != nil || to < from || to >= bitmapLimit {
				return nil, bad()
			}
		}
		for i := from; i <= to; i++ {
			if not {
				delete(set, i)
			} else {
				set[i] = true
			}
		}
	}
	bits := make([]int, 0, len(set))
	for i := range set {
		bits = append(bits, i)
	}
	slices.Sort(bits)
	return bits, nil
}

// formatBitmap is virBitmapFormat.
func formatBitmap(bits []int) string {
	var parts []string
	for i := 0; i < len(bits); {
		j := i
		for j+1 < len(bits) && bits[j+1] == bits[j]+1 {
			j++
		}
		if i == j {
			parts = append(parts, strconv.Itoa(bits[i]))
		} else {
			parts = append(parts, fmt.Sprintf("%d-%d", bits[i], bits[j]))
		}
		i = j + 1
	}
	return strings.Join(parts, ",")
}

// bitmapBytes is virBitmapToDataBuf: bit n is bit n%8 of byte n/8.
func bitmapBytes(bits []int, length int) []byte {
	b := make([]byte, length)
	for _, bit := range bits {
		if bit/8 < length {
			b[bit/8] |= 1 << (bit % 8)
		}
	}
	return b
}
