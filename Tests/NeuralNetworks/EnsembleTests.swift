import GliaNeuralNetworks
import GliaTensors
import GliaTestSupport
import Testing

@Suite("Committees, ensembles and bins")
struct EnsembleTests {
  @Test("A number's bins, each times its width, add up to the way from the first edge, cut off at both ends")
  func binsAddUp() {
    var numbers = SeededNumbers(seed: 4)
    let rows = numbers.tensor([200, 3], .float64)
    let layer = PiecewiseLinear(3, columns: [2, 0], bins: 5, dtype: .float64)
    layer.fit(to: rows)
    let edges = layer.edges.value.doubles
    let x = numbers.tensor([50, 3], .float64) * 1.5
    let (encoded, raw) = (layer(x).doubles, x.doubles)
    for row in 0..<50 {
      #expect(Array(encoded[row * 13..<row * 13 + 3]) == Array(raw[row * 3..<row * 3 + 3]))
      for (place, column) in [2, 0].enumerated() {
        let own = Array(edges[place * 6..<place * 6 + 6])
        let bins = encoded[row * 13 + 3 + place * 5..<row * 13 + 8 + place * 5]
        let way = zip(bins, zip(own, own.dropFirst())).reduce(0) { $0 + $1.0 * ($1.1.1 - $1.1.0) }
        let expected = min(max(raw[row * 3 + column], own[0]), own[5]) - own[0]
        #expect(abs(way - expected) < 1e-12)
      }
    }
  }

  @Test("Bins hold about as many rows each, and rare values get theirs beside a value that fills most rows")
  func edges() {
    let even = PiecewiseLinear(1, columns: [0], bins: 4, dtype: .float64)
    even.fit(to: Tensor((0...1000).map(Double.init), shape: [1001, 1]))
    for (edge, expected) in zip(even.edges.value.doubles, [0.0, 250, 500, 750, 1000]) {
      #expect(abs(edge - expected) <= 1)
    }
    // 900 zeros, then 1 to 100: the zero takes one edge, the others lie among the hundred.
    let sparse = PiecewiseLinear(1, columns: [0], bins: 6, dtype: .float64)
    sparse.fit(to: Tensor(Array(repeating: 0, count: 900) + (1...100).map(Double.init), shape: [1000, 1]))
    let edges = sparse.edges.value.doubles
    #expect(edges == edges.sorted() && Set(edges).count == 7 && edges[0] == 0 && edges[6] == 100)
    let gaps = zip(edges.dropFirst(), edges.dropFirst(2)).map { $1 - $0 }
    #expect(gaps.allSatisfy { (15...25).contains($0) }, "\(edges)")
    // Fewer values than edges: what is left over has no width and gives 0.
    let few = PiecewiseLinear(1, columns: [0], bins: 4, dtype: .float64)
    few.fit(to: Tensor([1.0, 3, 1, 2], shape: [4, 1]))
    #expect(few.edges.value.doubles == [1, 2, 3, 3, 3])
    #expect(few(Tensor([2.5], shape: [1, 1]).cast(to: .float64)).doubles == [2.5, 1, 0.5, 0, 0])
  }

  @Test("The mean of networks is that of their outputs, or of the probabilities of their logits", arguments: [1, 3])
  func average(_ count: Int) throws {
    let networks = (0..<count).map { _ in Linear(4, 3, dtype: .float64) }
    for (place, network) in networks.enumerated() { try network.initialize(seed: UInt64(place)) }
    var numbers = SeededNumbers(seed: 6)
    let x = numbers.tensor([7, 4], .float64)
    func mean(_ all: [[Double]]) -> [Double] {
      all[0].indices.map { i in all.reduce(0) { $0 + $1[i] } / Double(count) }
    }
    let outputs = networks.map { $0(x).doubles }
    #expect(difference("outputs", Average(networks)(x).doubles, mean(outputs), relative: 1e-14) == [])
    let probabilities = networks.map { softmax($0(x)).doubles }
    let found = softmax(Average(networks, of: .probabilities)(x)).doubles
    #expect(difference("probabilities", found, mean(probabilities), relative: 1e-14) == [])
    // Logits so far apart that every probability but one is 0 in floating point.
    let far = Average(networks, of: .probabilities)(x * 1e6).doubles
    #expect(far.allSatisfy { $0.isFinite })
  }

  @Test("In training each row goes through its own member alone; in inference the members' mean answers")
  func ensemble() throws {
    let linear = MemberLinear(members: 3, 2, 2, startsApart: true, dtype: .float64)
    let ensemble = Ensemble(members: 3, [linear])
    try ensemble.initialize(seed: 1)
    var numbers = SeededNumbers(seed: 8)
    for parameter in ensemble.parameters where parameter.shape != linear.weight.shape {
      parameter.value = numbers.tensor(parameter.shape)
    }
    let x = numbers.tensor([8, 2], .float64)
    let all = linear(x.expanded(axis: 1).broadcast(to: [8, 3, 2])).doubles
    let trained = Trace(isTraining: true, key: RandomKey(seed: 0).node, allowsReading: true)({ ensemble(x).doubles })
    var (dealt, means): ([Double], [Double]) = ([], [])
    for row in 0..<8 {
      for output in 0..<2 {
        let members = (0..<3).map { member in all[(row * 3 + member) * 2 + output] }
        dealt.append(members[row % 3])
        means.append(members.reduce(0, +) / 3)
      }
    }
    #expect(difference("training", trained, dealt, relative: 1e-14) == [])
    #expect(difference("inference", ensemble(x).doubles, means, relative: 1e-14) == [])
  }

  @Test("Members start apart by signs alone, about half of each")
  func signs() throws {
    let linear = MemberLinear(members: 40, 50, 1, startsApart: true)
    try linear.initialize(seed: 3)
    let scales = linear.inputScale.value.doubles
    #expect(Set(scales) == [1, -1])
    // Of 2,000 draws; the standard error of the share is 0.0112.
    #expect(abs(Double(scales.filter { $0 == 1 }.count) / 2000 - 0.5) < 0.05)
  }
}
