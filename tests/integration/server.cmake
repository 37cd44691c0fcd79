# Included by llama.cpp's project(): its many small files are compiled a few at a time, since
# each would otherwise read the same large headers again.
set(mtmd ${CMAKE_CURRENT_SOURCE_DIR}/tools/mtmd)
cmake_language(DEFER CALL set_target_properties mtmd PROPERTIES
  UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 16)
cmake_language(DEFER CALL set_source_files_properties
  ${mtmd}/clip.cpp ${mtmd}/mtmd.cpp ${mtmd}/mtmd-audio.cpp ${mtmd}/mtmd-image.cpp
  ${mtmd}/mtmd-helper.cpp ${mtmd}/mtmd-helper-gen.cpp
  TARGET_DIRECTORY mtmd PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
