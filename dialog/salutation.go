package dialog

// Salutation is how one greets in Chinese at an hour of the day, 0 to 23: what
// {{greeting}} says in quick and automatic replies.
func Salutation(hour int) string {
	switch {
	case hour >= 5 && hour < 11:
		return "早上好"
	case hour >= 11 && hour < 13:
		return "中午好"
	case hour >= 13 && hour < 18:
		return "下午好"
	default:
		return "晚上好"
	}
}
