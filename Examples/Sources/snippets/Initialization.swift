// swift-format-ignore-file
// The Swift of Guides/Initialization.md, as it stands there.
import Glia

func initialization1() throws {
  Linear(64, 64)                                                // right for the activation that follows
  Linear(64, 64, initializer: .heNormal(negativeSlope: 0.2))
  Linear(64, 64, initializer: .orthogonal(gain: 5.0 / 3))
  let own = Initializer("own") { shape, key, dtype in .uniform(shape, in: -1..<1, key: key, dtype: dtype) }
}
