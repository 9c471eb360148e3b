import GliaGraph

/// Where a training run says how far it is: a bar that redraws itself on a terminal, a line now and then elsewhere, or nothing.
///
/// It is written between epochs, never between steps, and to standard error, so that standard output stays for results.
public final class Progress {
  /// How progress is shown.
  public enum Style: Sendable {
    /// A bar where standard error is a terminal, lines where it is not.
    case automatic
    case bar
    case lines
    case silent
  }

  private let style: Style
  private let clock = ContinuousClock()
  private var started: ContinuousClock.Instant
  private var lastShown: ContinuousClock.Instant?
  private var width = 0

  public init(_ style: Style = .automatic) {
    if style == .automatic {
      self.style = isatty(STDERR_FILENO) == 1 ? .bar : .lines
    } else {
      self.style = style
    }
    started = clock.now
  }

  /// Seconds since the run began.
  package var elapsed: Double { Progress.seconds(clock.now - started) }

  package func begin() {
    started = clock.now
    lastShown = nil
  }

  package func show(_ epoch: History.Epoch, of total: Int) {
    let isLast = epoch.number >= total
    // A bar redraws ten times a second at most; lines come at about every twentieth of the run.
    switch style {
    case .bar:
      let now = clock.now
      if let lastShown, !isLast, now - lastShown < .milliseconds(100) { return }
      lastShown = now
      draw(bar(epoch, total))
    case .lines:
      let stride = max(1, total / 20)
      if epoch.number == 1 || isLast || epoch.number.isMultiple(of: stride) { write(line(epoch, total) + "\n") }
    case .silent, .automatic: break
    }
  }

  /// Leaves the bar's line, so that what is written next has its own.
  package func end() {
    if width > 0 { write("\n") }
    width = 0
  }

  private func bar(_ epoch: History.Epoch, _ total: Int) -> String {
    let cells = 24
    let done = min(cells, total == 0 ? cells : cells * epoch.number / total)
    let left = epoch.number == 0 ? 0 : elapsed / Double(epoch.number) * Double(max(total - epoch.number, 0))
    return String(repeating: "━", count: done) + String(repeating: "─", count: cells - done) + " "
      + line(epoch, total) + "  \(Progress.short(left)) s left"
  }

  private func line(_ epoch: History.Epoch, _ total: Int) -> String {
    var words = ["epoch \(epoch.number)/\(total)", "loss \(Progress.short(epoch.loss))"]
    if let loss = epoch.validationLoss { words.append("validation \(Progress.short(loss))") }
    words += epoch.metrics.sorted { $0.key < $1.key }.map { "\($0.key) \(Progress.short($0.value))" }
    return words.joined(separator: "  ")
  }

  private func draw(_ text: String) {
    let padding = String(repeating: " ", count: max(0, width - text.count))
    width = text.count
    write("\r" + text + padding)
  }

  private func write(_ text: String) {
    let bytes = Array(text.utf8)
    _ = bytes.withUnsafeBytes { GliaGraph.write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }

  package static func seconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
  }

  /// Four significant digits.
  package static func short(_ value: Double) -> String {
    guard value.isFinite, value != 0 else { return "\(value)" }
    let digits = 3 - Int(floor(log10(abs(value))))
    if digits > 7 || digits < -5 {
      let exponent = 3 - digits
      let mantissa = (value / pow(10, Double(exponent)) * 1000).rounded() / 1000
      return "\(mantissa)e\(exponent)"
    }
    let scale = pow(10, Double(digits))
    let rounded = (value * scale).rounded() / scale
    return digits <= 0 ? "\(Int(rounded))" : "\(rounded)"
  }
}
