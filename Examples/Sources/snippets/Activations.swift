// swift-format-ignore-file
// The Swift of Guides/Activations.md, as it stands there.
import Glia

func activations1(x: Tensor) throws {
  let net = Sequential {
    Linear(8, 64); GELU()
    Linear(64, 64); LeakyReLU(negativeSlope: 0.2)
    Linear(64, 1)
  }
  let y = gelu(x)                                    // the same as a function of a tensor
}

func activations2() throws {
  CustomActivation("snake") { x in x + x.sin().squared() }
}
