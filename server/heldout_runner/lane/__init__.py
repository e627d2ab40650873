"""From a checked Keras config and its arrays to a graph in ONNX, without TensorFlow or Keras.

Whatever isn't known to be computed the same way is refused (`Unsupported`), and left to TensorFlow.
"""
